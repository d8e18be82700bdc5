#!/usr/bin/env python3
"""Load on a running `saltus serve`: closed-loop clients that update cart-pole policies.

  bench/serve_load.py --serve "build/saltus serve tests/models/cartpole"
  bench/serve_load.py --url http://127.0.0.1:8080 --model demo --clients 64 --requests 100000

Each client keeps one connection and sends its next request when the last one's answer is there.
Prints a line of JSON a number of clients: requests a second, median and 99th percentile in milliseconds, failures,
the processor time the server (with --serve) and this script took for a request, and the server's
resident memory before and after. One thread with non-blocking sockets, so that
the load itself takes little of the machine. Standard library alone.
"""

import argparse
import contextlib
import json
import os
import pathlib
import re
import selectors
import shlex
import socket
import statistics
import subprocess
import time
import urllib.parse
import urllib.request


LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)


class Client:
    """One connection; `send` puts a request on it, `receive` says when the answer is whole."""

    def __init__(self, address):
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.began = 0.0
        self.buffer = b""
        self.wanted = None

    def send(self, request):
        self.buffer, self.wanted = b"", None
        self.began = time.perf_counter()
        if self.socket.send(request) != len(request):
            raise RuntimeError("a request did not fit into the socket's buffer")

    def receive(self):
        part = self.socket.recv(1 << 16)
        if not part:
            raise RuntimeError("the server closed a connection")
        self.buffer = self.buffer + part if self.buffer else part
        if self.wanted is None:
            end = self.buffer.find(b"\r\n\r\n")
            if end < 0:
                return False
            length = LENGTH.search(self.buffer, 0, end + 2)
            self.wanted = end + 4 + int(length.group(1))
        return len(self.buffer) >= self.wanted

    def status(self):
        return int(self.buffer[9:12])


def request_bytes(arguments, host, number):
    body = {
        "model": arguments.model,
        "starts": [{"scheme": "orthogonal", "seed": number}],
        "prompt": {arguments.metric: arguments.prompt},
        "seed": number,
        "measure": arguments.measure,
    }
    text = json.dumps(body).encode()
    token = f"Authorization: Bearer {arguments.token}\r\n" if arguments.token else ""
    head = (
        f"POST /v1/updates HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n"
        f"{token}Content-Length: {len(text)}\r\n\r\n"
    )
    return head.encode() + text


def resident_bytes(arguments):
    request = urllib.request.Request(arguments.url + "/metrics")
    if arguments.token:
        request.add_header("Authorization", f"Bearer {arguments.token}")
    with urllib.request.urlopen(request) as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith("saltus_resident_bytes "):
                return float(line.split()[1])
    return None


def run(arguments, count, first):
    """`count` requests over all clients: (milliseconds of each, failures by status, seconds)."""
    address = urllib.parse.urlparse(arguments.url)
    requests = [request_bytes(arguments, address.netloc, first + i) for i in range(count)]
    selector = selectors.DefaultSelector()
    clients = [Client((address.hostname, address.port)) for _ in range(arguments.clients)]
    sent, times, failures = 0, [], {}
    began = time.perf_counter()
    for client in clients:
        selector.register(client.socket, selectors.EVENT_READ, client)
        if sent < count:
            client.send(requests[sent])
            sent += 1
    while len(times) < count:
        for key, _ in selector.select(timeout=60):
            client = key.data
            if not client.receive():
                continue
            times.append((time.perf_counter() - client.began) * 1000)
            if client.status() != 200:
                failures[client.status()] = failures.get(client.status(), 0) + 1
            if sent < count:
                client.send(requests[sent])
                sent += 1
    seconds = time.perf_counter() - began
    for client in clients:
        client.socket.close()
    return times, failures, seconds


def cpu_seconds(process):
    """Of all the process's threads so far; its children's children are not looked for."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def load(arguments, clients, process, first):
    """One line of figures; no network is one that requests before number `first` made."""
    arguments.clients = clients
    run(arguments, arguments.warm_up, first)
    before = resident_bytes(arguments)
    spent = cpu_seconds(process) if process else 0
    own = time.process_time()
    times, failures, seconds = run(arguments, arguments.requests, first + arguments.warm_up)
    own = time.process_time() - own
    spent = cpu_seconds(process) - spent if process else None
    times.sort()
    return {
        "clients": clients,
        "requests": arguments.requests,
        "measure": arguments.measure,
        "per_second": round(arguments.requests / seconds, 1),
        "median_ms": round(statistics.median(times), 2),
        "p99_ms": round(times[int(0.99 * (len(times) - 1))], 2),
        "slowest_ms": round(times[-1], 2),
        "failures": failures,
        "server_cpu_ms": spent and round(1000 * spent / arguments.requests, 3),
        "load_cpu_ms": round(1000 * own / arguments.requests, 3),
        "resident_mb": [round(before / 1e6, 1), round(resident_bytes(arguments) / 1e6, 1)],
    }


@contextlib.contextmanager
def server(command):
    """Runs `command --port 0` and gives its address; prints how long it took to be there."""
    began = time.perf_counter()
    process = subprocess.Popen(
        [*shlex.split(command), "--port", "0"], stdout=subprocess.PIPE, text=True
    )
    url = re.search(r"http://\S+", process.stdout.readline()).group()
    urllib.request.urlopen(url + "/healthz").close()
    print(json.dumps({"ready_seconds": round(time.perf_counter() - began, 3)}), flush=True)
    try:
        yield url, process.pid
    finally:
        process.terminate()
        process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--url", help="of a running server")
    where.add_argument("--serve", metavar="COMMAND", help="that starts one; --port 0 is added")
    parser.add_argument("--model", default="cartpole")
    parser.add_argument("--metric", default="return")
    parser.add_argument("--prompt", type=float, default=495)
    parser.add_argument("--clients", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--warm-up", type=int, default=200, help="requests before those measured")
    parser.add_argument("--measure", action="store_true", help="the results, too")
    parser.add_argument("--token", default="")
    arguments = parser.parse_args()
    own = contextlib.nullcontext((arguments.url, None))
    with server(arguments.serve) if arguments.serve else own as (url, process):
        arguments.url = url.rstrip("/")
        for number, clients in enumerate(arguments.clients):
            first = number * (arguments.warm_up + arguments.requests)
            print(json.dumps(load(arguments, clients, process, first)), flush=True)


if __name__ == "__main__":
    main()
