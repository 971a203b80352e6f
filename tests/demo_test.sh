#!/usr/bin/env bash
# The demo with a scripted model, and on somebody's own repository: a right fix is proven on a preview
# branch, a wrong one is not offered, and the repository that it was shown is as it was.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$(mktemp -d "${TMPDIR:-/tmp}/demo-test.XXXXXX")
model=
finish() {
  [ -z "$model" ] || { kill "$model" 2>/dev/null || true; wait "$model" 2>/dev/null || true; }
  rm -rf "$here"
}
trap finish EXIT
trap 'exit 130' INT TERM

failures=0
# holds FILE TEXT, lacks FILE TEXT: what the demo said, or did not.
holds() { grep -qF -- "$2" "$1" || { echo "$(basename "$1") lacks: $2"; failures=$((failures + 1)); }; }
lacks() { ! grep -qF -- "$2" "$1" || { echo "$(basename "$1") holds: $2"; failures=$((failures + 1)); }; }

cat >"$here/model.py" <<'E'
# Chat completions that always give the answer in one file: model.py ANSWER PORT-FILE
import json, pathlib, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

answer = pathlib.Path(sys.argv[1]).read_text()


class Model(BaseHTTPRequestHandler):
    def reply(self, document):
        body = json.dumps(document).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        self.reply({"data": []})

    def do_POST(self):
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.reply({"id": "1", "object": "chat.completion", "model": "scripted",
                    "choices": [{"index": 0, "finish_reason": "stop",
                                 "message": {"role": "assistant", "content": answer}}],
                    "usage": {"prompt_tokens": 1200, "completion_tokens": 300}})

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Model)
pathlib.Path(sys.argv[2]).write_text(str(server.server_port))
server.serve_forever()
E

# demo_with ANSWER OUTPUT: the demo's first ticket with a model that gives that answer.
demo_with() {
  rm -f "$here/port"
  python3 "$here/model.py" "$1" "$here/port" &
  model=$!
  until [ -s "$here/port" ]; do
    kill -0 "$model"
    sleep 0.1
  done
  OPENAI_BASE_URL=http://127.0.0.1:$(cat "$here/port")/v1 OPENAI_MODEL=scripted \
    deploy/demo.sh --once --ticket deploy/demo/tickets/1-checkout-crash.json >"$2" 2>&1 || {
    cat "$2"
    exit 1
  }
  kill "$model"
  wait "$model" || true
  model=
}

fixtures=tests/fixtures/model
demo_with $fixtures/right-fix.md "$here/right"
holds "$here/right" "Country codes in lower case crash the checkout"
# The demo shows the ticket as it came; what follows is what left the house.
grep -v '^  > ' "$here/right" >"$here/published"
lacks "$here/published" "astrid.lindqvist"
if grep -qE '^ok +sandbox' "$here/right"; then
  holds "$here/right" "preview branch triage/5120-"
  holds "$here/right" "+    code = country.upper()"
  holds "$here/right" "Proof: red-green"
else
  echo "SKIPPED, no sandbox here: the proof of the right fix"
  lacks "$here/right" "preview branch triage/"
fi

demo_with $fixtures/wrong-fix.md "$here/wrong"
holds "$here/wrong" "internal note on the ticket"
lacks "$here/wrong" "preview branch triage/"
lacks "$here/wrong" "Proof: red-green"

# Somebody's own repository, with work in progress.
mine=$here/my\ service
git init -q -b trunk "$mine"
printf 'def greet(name):\n    return "Hello " + name.title()\n' >"$mine/greeting.py"
git -C "$mine" add .
git -C "$mine" -c user.name=me -c user.email=me@example.org commit -q -m "greeting"
echo '# draft' >>"$mine/greeting.py"
state() { (cd "$mine" && find . -type f -print0 | sort -z | xargs -0 sha256sum); }
before=$(state)
deploy/demo.sh --once --repo "$mine" --ticket "Greeting crashes with AttributeError: 'NoneType' object has no attribute 'title' in greet" \
  >"$here/own" 2>&1 || { cat "$here/own"; exit 1; }
holds "$here/own" "greeting.py:"
holds "$here/own" "Made without a model"
[ "$(state)" = "$before" ] || { echo "the demo changed somebody's own repository"; failures=$((failures + 1)); }
left=$(find "${TMPDIR:-/tmp}" -maxdepth 1 -name 'triaged-demo.*' -newer "$here/model.py")
[ -z "$left" ] || { echo "the demo left $left"; failures=$((failures + 1)); }

if [ $failures -ne 0 ]; then
  tail -n 200 "$here"/right "$here"/wrong "$here"/own
  exit 1
fi
