import assert from "node:assert/strict";
import { test } from "node:test";
import { Latest } from "./latest";

test("one runs at a time, and only the newest of those that waited", async () => {
  const ran: number[] = [];
  let atOnce = 0;
  const latest = new Latest<number>(
    async (value) => {
      atOnce += 1;
      assert.equal(atOnce, 1);
      await new Promise((resolve) => setTimeout(resolve, 5));
      ran.push(value);
      atOnce -= 1;
    },
    (error) => assert.fail(String(error)),
  );
  for (let i = 0; i < 10; i += 1) latest.call(i);
  assert.equal(latest.outdated, true);
  await new Promise((resolve) => setTimeout(resolve, 40));
  assert.deepEqual(ran, [0, 9]);
});

test("a failure is told and does not stop what comes after", async () => {
  const errors: string[] = [];
  const ran: string[] = [];
  const latest = new Latest<string>(
    async (value) => {
      if (value === "bad") throw new Error("no");
      ran.push(value);
    },
    (error) => errors.push((error as Error).message),
  );
  latest.call("bad");
  latest.call("good");
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual([errors, ran], [["no"], ["good"]]);
});
