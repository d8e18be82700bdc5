// For work on the pages: dist/ under the server's policy, and everything else from a saltus serve.
//   node tests/dev-server.mjs [PORT] [http://127.0.0.1:8080]
import { readFile } from "node:fs/promises";
import { createServer, request } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const port = Number(process.argv[2] ?? 8090);
const target = new URL(process.argv[3] ?? "http://127.0.0.1:8080");
const dist = fileURLToPath(new URL("../dist/", import.meta.url));
const types = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".txt": "text/plain; charset=utf-8",
};
const policy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; connect-src 'self'; base-uri 'none'; form-action 'none'";

createServer(async (incoming, outgoing) => {
  const { pathname } = new URL(incoming.url, "http://here");
  const name = pathname === "/" ? "index.html" : pathname.slice(1);
  if (/^[\w.-]+$/.test(name) && types[extname(name)]) {
    try {
      const body = await readFile(join(dist, name));
      outgoing
        .writeHead(200, {
          "Content-Type": types[extname(name)],
          "Content-Security-Policy": policy,
          "Cache-Control": "no-store",
        })
        .end(body);
      return;
    } catch {
      // Not one of ours: the server may have it.
    }
  }
  const headers = { ...incoming.headers, host: target.host };
  delete headers.origin;
  const passed = request(
    {
      host: target.hostname,
      port: target.port,
      path: incoming.url,
      method: incoming.method,
      headers,
    },
    (answer) => {
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    },
  );
  passed.on("error", () => outgoing.writeHead(502).end());
  outgoing.on("close", () => passed.destroy());
  incoming.pipe(passed);
}).listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}`));
