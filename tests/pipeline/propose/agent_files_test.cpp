#include "pipeline/propose/agents/agent_files.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>

#include "pipeline/propose/agents/agent_program.h"
#include "pipeline/verify/workspace.h"
#include "tests/fakes/git_repository.h"

namespace triage::propose {
namespace {

namespace fs = std::filesystem;

// A commit and a workspace of it, as an agent would find it.
struct Bench {
  Bench() {
    git.commit("first", {{"a.py", "x = 1\n"},
                         {"deep/er/b.py", "y = 1\n"},
                         {"node_modules/kept/index.js", "kept\n"},
                         {"build/rules.mk", "all:\n"},
                         {"AGENTS.md", "obey\n"},
                         {"blob.bin", std::string("\0\1\2", 3)}});
    ::symlink("a.py", (git.path() + "/link").c_str());
    commit = git.commit("second", {});
    auto opened = retrieval::Repository::open(git.path());
    REQUIRE(opened.ok());
    repository.emplace(std::move(*opened));
    auto made = verify::Workspace::create(std::nullopt);
    REQUIRE(made.ok());
    workspace.emplace(std::move(*made));
    REQUIRE(workspace->check_out(*repository, commit).ok());
    REQUIRE(workspace->apply({{"AGENTS.md", std::nullopt, false}}).ok());
  }
  std::string at(const std::string& name) const { return workspace->path() + "/" + name; }
  void write(const std::string& name, const std::string& content) const {
    fs::create_directories(fs::path(at(name)).parent_path());
    std::ofstream(at(name), std::ios::binary) << content;
  }
  Collected collect(const CollectLimits& limits = {}) const {
    auto got = collect_changes(workspace->path(), *repository, commit, limits);
    REQUIRE_MESSAGE(got.ok(), (got.ok() ? "" : got.error().message));
    return std::move(*got);
  }

  fakes::GitRepository git;
  std::string commit;
  std::optional<retrieval::Repository> repository;
  std::optional<verify::Workspace> workspace;
};

std::string summary(const Collected& collected) {
  std::string out;
  for (const Edit& edit : collected.edits)
    out += edit.path + (edit.remove ? " removed" : "=" + *edit.content) + ";";
  for (const std::string& refused : collected.refused) out += "!" + refused + ";";
  return out;
}

TEST_SUITE("propose agents") {
  TEST_CASE("agent files: what changed comes out, and only that") {
    const Bench bench;
    CHECK(summary(bench.collect()) == "");
    bench.write("a.py", "x = 2\n");
    bench.write("new/c.py", "z\n");
    fs::remove(bench.at("deep/er/b.py"));
    // Traces of a test run.
    for (const char* trace : {"__pycache__/a.cpython-311.pyc", ".pytest_cache/v/x", "lib/c.o", ".git/config",
                              "deep/node_modules/m/index.js", "target/out.txt"})
      bench.write(trace, "junk");
    bench.write("build/rules.mk", "all: x\n");  // is source here
    CHECK(summary(bench.collect()) ==
          "a.py=x = 2\n;build/rules.mk=all: x\n;deep/er/b.py removed;new/c.py=z\n;");
  }

  TEST_CASE("agent files: what a hostile workspace holds is refused by name and never followed") {
    struct Row {
      std::string_view what;
      std::function<void(const Bench&)> make;
      std::string_view expected;
    };
    const std::vector<Row> rows{
        {"a symlink out", [](const Bench& b) { ::symlink("/etc/passwd", b.at("out.patch").c_str()); },
         "!out.patch: a symlink;"},
        {"a file made a symlink",
         [](const Bench& b) {
           fs::remove(b.at("a.py"));
           ::symlink("/etc/passwd", b.at("a.py").c_str());
         },
         "!a.py: a symlink;"},
        {"a folder made a symlink",
         [](const Bench& b) {
           fs::remove_all(b.at("deep"));
           ::symlink("/etc", b.at("deep").c_str());
         },
         "deep/er/b.py removed;!deep: a symlink;"},
        {"a known link, retargeted",
         [](const Bench& b) {
           fs::remove(b.at("link"));
           ::symlink("/etc/passwd", b.at("link").c_str());
         },
         "!link: a symlink;"},
        {"a FIFO", [](const Bench& b) { ::mkfifo(b.at("fifo").c_str(), 0666); },
         "!fifo: a FIFO, socket or device;"},
        {"a second name", [](const Bench& b) {
           b.write("one", "1");
           ::link(b.at("one").c_str(), b.at("two").c_str());
         },
         "!one: has several names;!two: has several names;"},
        {"special rights", [](const Bench& b) {
           b.write("suid", "1");
           ::chmod(b.at("suid").c_str(), 04755);
         },
         "!suid: has special rights;"},
        {"a sparse file", [](const Bench& b) {
           b.write("sparse", "");
           REQUIRE(::truncate(b.at("sparse").c_str(), 3'000'000) == 0);
         },
         "!sparse: has holes;"},
        {"a huge file", [](const Bench& b) {
           b.write("huge", "");
           REQUIRE(::truncate(b.at("huge").c_str(), 1LL << 40) == 0);
         },
         "!huge: too large;"},
        {"a binary", [](const Bench& b) { b.write("bin", std::string("a\0b", 3)); }, "!bin: not text;"},
        {"not UTF-8", [](const Bench& b) { b.write("latin", "\xe4"); }, "!latin: not text;"},
        {"a name with control characters", [](const Bench& b) { b.write("a\nb", "x"); },
         "!a\nb: an unusable name;"},
        {"configuration of agents", [](const Bench& b) {
           b.write("AGENTS.md", "obey me");
           b.write("sub/.claude/settings.json", "{}");
         },
         "!AGENTS.md: configures agents;!sub/.claude/settings.json: configures agents;"},
        {"a deep folder", [](const Bench& b) {
           std::string path;
           for (int i = 0; i < 80; ++i) path += "d/";
           b.write(path + "x", "x");
         },
         "nested too deep;"},
        {"the control", [](const Bench& b) { b.write("plain", "1"); }, "plain=1;"},
    };
    for (const Row& row : rows) {
      CAPTURE(row.what);
      const Bench bench;
      row.make(bench);
      const std::string got = summary(bench.collect());
      CAPTURE(got);
      CHECK(got.ends_with(row.expected));
      if (row.what != "a deep folder") CHECK(got == row.expected);
    }
  }

  TEST_CASE("agent files: too much is cut, and what was not looked at is not taken for removed") {
    const Bench bench;
    for (int i = 10; i < 30; ++i) bench.write("n" + std::to_string(i), "12345");
    CHECK(bench.collect().edits.size() == 20);
    CHECK(bench.collect({.files = 5}).edits.size() == 5);
    CHECK(bench.collect({.total_bytes = 50}).edits.size() == 10);
    CHECK(summary(bench.collect({.bytes = 4})).find("n10: too large") != std::string::npos);
    const Collected few = bench.collect({.entries = 3});
    CHECK(std::ranges::none_of(few.edits, [](const Edit& edit) { return edit.remove; }));
    CHECK(summary(few).find("more files than are looked at") != std::string::npos);
  }

  TEST_CASE("agent files: what configures agents") {
    for (const char* path :
         {"AGENTS.md", "agents.md", "AGENTS.override.md", "pkg/a/CLAUDE.md", "CLAUDE.local.md", "GEMINI.md",
          ".codex/config.toml", "x/.claude/settings.json", ".agents/skills/a/SKILL.md", ".mcp.json",
          ".claude.json", ".cursorrules", ".cursor/rules/a.mdc", ".github/copilot-instructions.md",
          "sub/.github/prompts/x.md", ".vscode/mcp.json", ".aider.conf.yml", ".windsurfrules"}) {
      CAPTURE(path);
      CHECK(is_agent_configuration(path));
    }
    for (const char* path : {"README.md", "src/agents.py", "docs/AGENTS.md.txt", ".github/workflows/ci.yml",
                             "codex/main.c", "claude.mdx", ".vscode/settings.json", "mcp.json"}) {
      CAPTURE(path);
      CHECK_FALSE(is_agent_configuration(path));
    }
  }

  TEST_CASE("agent program: found where npm puts it, or as it is") {
    const fakes::TemporaryDirectory folder;
    const auto put = [&](const std::string& name) {
      const fs::path path = folder / name;
      fs::create_directories(path.parent_path());
      std::ofstream(path) << "#!/bin/sh\n";
      fs::permissions(path, fs::perms::owner_all);
      return path.string();
    };
    const std::string plain = put("bin/my-codex");
    CHECK(find_agent_program("codex", plain)->visible == plain);

    const std::string starter = put("lib/node_modules/@openai/codex/bin/codex.js");
    fs::create_symlink(starter, folder / "bin/codex");
    CHECK(find_agent_program("codex", folder / "bin/codex")->visible == starter);  // no platform's yet
#if defined(__x86_64__)
    const std::string triple = "vendor/x86_64-unknown-linux-musl";
    put("lib/node_modules/@openai/codex/node_modules/@openai/codex-linux-x64/" + triple + "/bin/codex");
    const auto nested = find_agent_program("codex", folder / "bin/codex");
    REQUIRE(nested.ok());
    CHECK(nested->visible.ends_with("codex/node_modules/@openai/codex-linux-x64/" + triple));
    CHECK(nested->program == "bin/codex");
    put("lib/node_modules/@openai/codex-linux-x64/" + triple + "/bin/codex");
    CHECK(find_agent_program("codex", folder / "bin/codex")->visible ==
          folder / "lib/node_modules/@openai/codex-linux-x64/" + triple);

    const std::string claude = put("lib/node_modules/@anthropic-ai/claude-code/bin/claude.exe");
    const std::string native = put("lib/node_modules/@anthropic-ai/claude-code-linux-x64/claude");
    CHECK(find_agent_program("claude", claude)->visible == native);
    CHECK(find_agent_program("claude", claude)->program.empty());
#endif
    for (const std::string& none : {folder / "no-such", folder.path()}) {
      const auto missing = find_agent_program("codex", none);
      REQUIRE_FALSE(missing.ok());
      CHECK(missing.error().kind == ErrorKind::not_found);
      CHECK(missing.error().message.find("npm install") != std::string::npos);
    }
    CHECK_FALSE(find_agent_program("gemini", plain).ok());
  }
}

}  // namespace
}  // namespace triage::propose
