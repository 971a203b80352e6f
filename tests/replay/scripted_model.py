"""A chat-completions endpoint on loopback that gives each ticket the answer set for it.

Answers are chosen by a word that stands in the request (the ticket carries it), so that one server
serves many runs at once. Like a real one it knows nothing of the proof; it can't see the repository.
"""
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class ScriptedModel:
    def __init__(self):
        self.answers = {}
        self.asked = {}
        self._lock = threading.Lock()
        model = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                self.reply(200, {"data": []})

            def do_POST(self):
                length = int(self.headers.get("Content-Length", 0))
                answer = model.answer_to(self.rfile.read(length).decode("utf-8", "replace"))
                if answer is None:
                    self.reply(400, {"error": {"message": "no answer is set for this ticket"}})
                    return
                self.reply(200, {
                    "id": "chatcmpl-replay", "object": "chat.completion", "model": "scripted",
                    "choices": [{"index": 0, "finish_reason": "stop",
                                 "message": {"role": "assistant", "content": answer}}],
                    "usage": {"prompt_tokens": 1200, "completion_tokens": 300}})

            def reply(self, status, document):
                body = json.dumps(document).encode()
                self.send_response(status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def base_url(self):
        return f"http://127.0.0.1:{self._server.server_port}/v1"

    def set(self, word, answer):
        with self._lock:
            self.answers[word] = answer

    def times_asked(self, word):
        with self._lock:
            return self.asked.get(word, 0)

    def answer_to(self, request):
        with self._lock:
            for word, answer in self.answers.items():
                if word in request:
                    self.asked[word] = self.asked.get(word, 0) + 1
                    return answer
        return None
