#!/usr/bin/env bash
# From nothing to four answered tickets: installs what is missing, builds, starts the daemon on a free
# loopback port with a small shop service as its project, files tickets, shows what comes back.
#
# usage: deploy/demo.sh [--once] [--repo DIR] [--ticket FILE-or-TEXT] [--test COMMAND]
#   --once    end after the last ticket instead of leaving the daemon running
#   --repo    your own git repository instead of the shop (it is mirrored, never written to)
#   --ticket  your own ticket instead of the four; JSON, text, or the text itself
#   --test    the command that runs the tests of your repository, in the sandbox
# With OPENAI_BASE_URL set (and OPENAI_API_KEY, OPENAI_MODEL) that model is asked as well.
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
    -h|--help) sed -n '2,11s/^# \{0,1\}//p' "$0"; exit 0 ;;
    *) echo "demo: unknown option $1 (see --help)" >&2; exit 2 ;;
  esac
  shift
done
if [ -n "$repo" ] && ! git -C "$repo" rev-parse --git-dir >/dev/null 2>&1; then
  echo "demo: $repo is not a git repository" >&2
  exit 2
fi

if [ -t 1 ]; then bold=$'\e[1m' dim=$'\e[2m' off=$'\e[0m'; else bold='' dim='' off=''; fi
say() { printf '\n%s== %s%s\n' "$bold" "$*" "$off"; }

say "1/4  installing what is missing"
"$here/dependencies.sh"

say "2/4  building (a few minutes the first time, seconds after that)"
cd "$root"
[ -f build/release/build.ninja ] || cmake --preset release >build-release.log 2>&1 ||
  { tail -20 build-release.log; exit 3; }
rm -f build-release.log
cmake --build --preset release
triaged=$root/build/release/triaged

# Everything of this demo lives in one directory that goes when it ends.
home=$(mktemp -d "${TMPDIR:-/tmp}/triaged-demo.XXXXXX")
chmod 755 "$home"
daemon=
finish() {
  [ -z "$daemon" ] || { kill "$daemon" 2>/dev/null || true; wait "$daemon" 2>/dev/null || true; }
  rm -rf "$home"
}
trap finish EXIT
trap 'exit 130' INT TERM

say "3/4  starting the daemon"
if [ -z "$repo" ]; then
  repo=$home/shop.git
  "$here/demo/make-service.sh" "$repo"
  project=shop
  : "${test_command:=/usr/bin/python3 -m unittest discover -v -s tests -t .}"
  # Previews go to the shop itself: it is ours.
  pushes_to=$repo
else
  repo=$(cd "$repo" && pwd)
  project=$(basename "$repo" .git)
  # Somebody's own repository is never written to: previews go to a copy.
  pushes_to=$home/preview.git
  git clone -q --bare "$repo" "$pushes_to"
fi

model='  name: offline'
if [ -n "${OPENAI_BASE_URL:-}" ]; then
  model="  name: ${OPENAI_MODEL:-default}
  base_url: $OPENAI_BASE_URL"
  [ -z "${OPENAI_API_KEY:-}" ] || model="$model
  api_key: \${env:OPENAI_API_KEY}"
fi
cat >"$home/triaged.yaml" <<E
state_dir: $home/state
cache_dir: $home/cache
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
    repository: $pushes_to
    test_command: '$test_command'
    depth: draft-pull-request
    labels: [bug, feature, question, complaint]
E
"$triaged" check --config "$home/triaged.yaml" || true
"$triaged" serve --config "$home/triaged.yaml" --port-file "$home/port" 2>"$home/daemon.log" &
daemon=$!
for _ in $(seq 100); do
  [ -s "$home/port" ] && break
  kill -0 "$daemon" 2>/dev/null || { cat "$home/daemon.log" >&2; exit 3; }
  sleep 0.1
done
url=http://127.0.0.1:$(cat "$home/port")
echo "console: $url/"

# Files one ticket and shows everything that came of it.
show_ticket() {
  local file=$1 answer=$home/answer.txt run branch description
  say "ticket: $(basename "$file")"
  "$triaged" file "$file" --url "$url" --wait >"$answer"
  run=$(sed -n '1s/.*, run \([0-9A-Z]*\).*/\1/p' "$answer")
  printf '\n%sinternal note on the ticket%s\n\n' "$bold" "$off"
  sed 1,2d "$answer"

  branch=$(git -C "$pushes_to" for-each-ref --format='%(refname:short)' 'refs/heads/triage/' |
           grep -vxF -f "$home/branches" || true)
  if [ -n "$branch" ]; then
    echo "$branch" >>"$home/branches"
    printf '\n%spreview branch %s%s\n' "$bold" "$branch" "$off"
    git -C "$pushes_to" show --stat --patch --format='%h %an: %s' "$branch" | sed 's/^/  /'
    description=$home/state/pull-requests/$project/${branch#triage/}.md
    if [ -f "$description" ]; then
      printf '\n%sdraft pull request%s\n\n' "$bold" "$off"
      cat "$description"
    fi
  fi
  printf '\n%sreceipt%s\n' "$bold" "$off"
  "$triaged" receipt show "$run" --config "$home/triaged.yaml"
}
: >"$home/branches"

say "4/4  filing tickets"
if [ -n "$ticket" ]; then
  [ -f "$ticket" ] || { printf '%s\n' "$ticket" >"$home/ticket.txt"; ticket=$home/ticket.txt; }
  show_ticket "$ticket"
else
  for file in "$here"/demo/tickets/*; do show_ticket "$file"; done
fi
"$triaged" receipt verify --config "$home/triaged.yaml"

if [ "$once" = yes ]; then
  say "done"
else
  say "the daemon is still running: $url/   (Ctrl-C ends it)"
  printf '%sfile one yourself:  %s file TICKET.txt --url %s --wait%s\n' "$dim" "$triaged" "$url" "$off"
  wait "$daemon"
fi
