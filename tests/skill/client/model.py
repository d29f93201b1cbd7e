"""A stand-in for the model's API on loopback. It answers each request of the session with the next turn of a script and keeps the request.

A turn is a text, or (tool, input), or a function from the session's text so far to one of these.
"""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Model:
    def __init__(self, turns):
        self.turns = list(turns)
        self.requests = []
        self.lock = threading.Lock()
        model = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_words):
                """Quiet."""

            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or b"{}")
                if "count_tokens" in self.path:
                    return self.send({"input_tokens": 1})
                if not self.path.partition("?")[0].endswith("/v1/messages"):
                    return self.send({})
                return self.reply(body, model.next(body))

            def do_GET(self):
                self.send({"data": [], "has_more": False})

            def do_HEAD(self):
                self.send({})

            def do_CONNECT(self):  # the client is told to use this as its proxy: nothing else is reached
                self.send_error(403)

            def send(self, content):
                self.write("application/json", json.dumps(content).encode())

            def write(self, kind, data):
                self.send_response(200)
                self.send_header("content-type", kind)
                self.send_header("content-length", str(len(data)))
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(data)

            def reply(self, body, block):
                message = {
                    "id": "msg_1", "type": "message", "role": "assistant", "model": body.get("model"), "content": [block],
                    "stop_reason": "tool_use" if block["type"] == "tool_use" else "end_turn", "stop_sequence": None,
                    "usage": {"input_tokens": 1, "output_tokens": 1},
                }  # fmt: skip
                if not body.get("stream"):
                    return self.send(message)
                events = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in streamed(message))
                return self.write("text/event-stream", events.encode())

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_error):
        self.server.shutdown()
        self.server.server_close()

    def next(self, body):
        """The content block to answer with. What offers no tools is a side question (a title, a summary)."""
        with self.lock:
            if not body.get("tools"):
                return {"type": "text", "text": "ok"}
            self.requests.append(body)
            turn = self.turns.pop(0) if self.turns else "The script is at its end."
            if callable(turn):
                turn = turn(text_of(body["messages"]))
            if isinstance(turn, str):
                return {"type": "text", "text": turn}
            return {"type": "tool_use", "id": f"toolu_{len(self.requests):04}", "name": turn[0], "input": turn[1]}


def streamed(message):
    """The events of a streamed message with one content block."""
    block = message["content"][0]
    empty = {**block, "input": {}} if block["type"] == "tool_use" else {**block, "text": ""}
    if block["type"] == "tool_use":
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
    else:
        delta = {"type": "text_delta", "text": block["text"]}
    yield {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}}
    yield {"type": "content_block_start", "index": 0, "content_block": empty}
    yield {"type": "content_block_delta", "index": 0, "delta": delta}
    yield {"type": "content_block_stop", "index": 0}
    yield {"type": "message_delta", "delta": {"stop_reason": message["stop_reason"], "stop_sequence": None}, "usage": message["usage"]}
    yield {"type": "message_stop"}


def text_of(content):
    """All text of a message, a block, or a list of them, in order."""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "\n".join(text_of(part) for part in content)
    return text_of(content.get("content", content.get("text", "")))
