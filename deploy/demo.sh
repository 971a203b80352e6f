#!/usr/bin/env bash
# From nothing to four answered tickets: installs what is missing, builds, starts the daemon on a free
# loopback port with a small tea shop as its project, files tickets and shows what comes back.
#
# usage: deploy/demo.sh [--once] [--repo DIR] [--ticket FILE-or-TEXT] [--test COMMAND]
#   --once            end after the last ticket; otherwise the daemon stays until Ctrl-C
#   --repo DIR        your own git repository instead of the shop; it is copied, never written to
#   --ticket TICKET   your own ticket instead of the four: a file (JSON or text) or the text itself
#   --test COMMAND    what runs the tests of your repository; it runs in the sandbox, without network
#
# No model is asked unless OPENAI_BASE_URL is set (any OpenAI-compatible endpoint, a local one as
# well), with OPENAI_MODEL and, where the endpoint wants one, OPENAI_API_KEY.
#
#   deploy/demo.sh --repo ~/shop --ticket "Checkout fails with KeyError: 'se' since Tuesday"
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")

once=no repo='' ticket='' test_command=''
while [ $# -gt 0 ]; do
  case $1 in
    --once) once=yes ;;
    --repo) repo=${2:?--repo needs a directory}; shift ;;
    --ticket) ticket=${2:?--ticket needs a file or a text}; shift ;;
    --test) test_command=${2:?--test needs a command}; shift ;;
    -h|--help) sed -n '2,14s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "demo: unknown option $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' off=$'\e[0m'; else bold='' dim='' off=''; fi
say() { printf '\n%s== %s%s\n' "$bold" "$*" "$off"; }
title() { printf '\n%s%s%s\n\n' "$bold" "$*" "$off"; }
fail() { echo "demo: $*" >&2; exit 3; }
refuse() { echo "demo: $*" >&2; exit 2; }

case $ticket in
  ''|*[[:space:]]*) ;;
  *) [ -f "$ticket" ] || refuse "there is no file $ticket (a ticket's text has more than one word)" ;;
esac
[ -z "$repo" ] || [ -d "$repo" ] || refuse "there is no directory $repo"

# Everything of this demo lives in one directory that goes when it ends, however it ends.
home=$(mktemp -d "${TMPDIR:-/tmp}/triaged-demo.XXXXXX")
daemon=
finish() {
  [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; }
  rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT TERM

say "1/4  installing what is missing"
"$here/dependencies.sh"

say "2/4  building (a few minutes the first time, seconds after that)"
cd "$root"
# quietly COMMAND…: its output is shown only if it fails.
quietly() { "$@" >"$home/log" 2>&1 || { tail -n 40 "$home/log" >&2; fail "this failed: $*"; }; }
[ -f build/release/build.ninja ] || quietly cmake --preset release
if [ -t 1 ]; then
  cmake --build --preset release || fail "the build failed, see above"
else
  quietly cmake --build --preset release
fi
triaged=$root/build/release/triaged

say "3/4  starting the daemon"
if [ -z "$repo" ]; then
  project=shop repository=$home/shop.git
  "$here/demo/make-service.sh" "$repository"
  : "${test_command:=/usr/bin/python3 -m unittest discover -v -s tests -t .}"
else
  # The daemon works on a copy, and pushes its preview branches there.
  repo=$(cd "$repo" && pwd)
  project=$(basename "$repo" .git | tr -c 'A-Za-z0-9\n' '-') repository=$home/$project.git
  git clone -q --bare --no-hardlinks --upload-pack "git -c safe.directory=* upload-pack" \
    "$repo" "$repository" || refuse "$repo can't be cloned: is it a git repository?"
  git -C "$repository" rev-parse -q --verify 'HEAD^{commit}' >/dev/null || refuse "$repo has no commit yet"
  # A checkout of a commit rather than of a branch.
  git -C "$repository" symbolic-ref -q HEAD >/dev/null || {
    git -C "$repository" branch -f demo HEAD
    git -C "$repository" symbolic-ref HEAD refs/heads/demo
  }
fi

# A text as YAML that holds it whatever it is.
quoted() { printf "'%s'" "${1//\'/\'\'}"; }
model='name: offline'
if [ -n "${OPENAI_BASE_URL:-}" ]; then
  model="name: $(quoted "${OPENAI_MODEL:-default}")
  base_url: $(quoted "$OPENAI_BASE_URL")"
  [ -z "${OPENAI_API_KEY:-}" ] || model+=$'\n  api_key: "${env:OPENAI_API_KEY}"'
fi
cat >"$home/triaged.yaml" <<E
state_dir: $(quoted "$home/state")
cache_dir: $(quoted "$home/cache")
server:
  port: 0
log:
  level: warn
model:
  $model
sources:
  desk:
    connector: local
    project: $project
projects:
  $project:
    repository: $(quoted "$repository")
    test_command: $(quoted "$test_command")
    depth: draft-pull-request
    labels: [bug, feature, question, complaint]
E
# What it finds is worth reading and no reason to stop.
mkdir -m 700 "$home/state" "$home/cache"
"$triaged" check --config "$home/triaged.yaml" || true
"$triaged" serve --config "$home/triaged.yaml" --port-file "$home/port" 2>"$home/daemon.log" &
daemon=$!
until [ -s "$home/port" ]; do
  kill -0 "$daemon" 2>/dev/null || { cat "$home/daemon.log" >&2; fail "the daemon did not start, see above"; }
  sleep 0.1
done
url=http://127.0.0.1:$(cat "$home/port")
echo "console: $url/"

previews() { git -C "$repository" for-each-ref --format='%(refname:short)' 'refs/heads/triage/'; }

# The ticket's words, indented.
words_of() {
  python3 - "$1" <<'PY'
import json, pathlib, sys, textwrap

text = pathlib.Path(sys.argv[1]).read_text(errors="replace")
try:
    ticket = json.loads(text)
    text = f"{ticket['subject']}\n\n{ticket['body']}"
except (ValueError, KeyError, TypeError):
    pass
lines = text.strip().splitlines()
for line in lines[:40]:
    print(textwrap.fill(line, 100, initial_indent="  > ", subsequent_indent="  > ",
                        replace_whitespace=False) or "  >")
if len(lines) > 40:
    print(f"  > … {len(lines) - 40} more lines")
PY
}

# Files one ticket and shows everything that came of it.
show_ticket() {
  local file=$1 answer=$home/answer.txt run branch description
  say "ticket: $(basename "$file")"
  words_of "$file"
  previews >"$home/branches"
  "$triaged" file "$file" --url "$url" --wait >"$answer" || {
    cat "$answer" "$home/daemon.log" >&2
    fail "this ticket got no answer, see above"
  }
  run=$(sed -n '1s/.*, run \([0-9A-Z]*\).*/\1/p' "$answer")
  title "internal note on the ticket"
  # Without the marks for machines and the small print's tags.
  sed -E '1,2d; /^<!-- .* -->$/d; s,</?sub>,,g' "$answer"

  branch=$(previews | grep -vxF -f "$home/branches" || true)
  if [ -n "$branch" ]; then
    title "preview branch $branch"
    git -C "$repository" show --stat --patch --format='%h %an: %s' "$branch" | sed 's/^/  /'
    description=$home/state/pull-requests/$project/${branch#triage/}.md
    if [ -f "$description" ]; then
      title "draft pull request"
      cat "$description"
    fi
  fi
  title "receipt"
  "$triaged" receipt show "$run" --config "$home/triaged.yaml"
}

say "4/4  filing tickets"
if [ -z "$ticket" ]; then
  for file in "$here"/demo/tickets/*; do show_ticket "$file"; done
elif [ -f "$ticket" ]; then
  show_ticket "$ticket"
else
  printf '%s\n' "$ticket" >"$home/ticket.txt"
  show_ticket "$home/ticket.txt"
fi
"$triaged" receipt verify --config "$home/triaged.yaml"

if [ "$once" = yes ]; then
  say "done"
else
  say "the daemon is still running: $url/   (Ctrl-C ends it)"
  printf '%sfile one yourself:  %s file TICKET.txt --url %s --wait%s\n' "$dim" "$triaged" "$url" "$off"
  wait "$daemon"
fi
