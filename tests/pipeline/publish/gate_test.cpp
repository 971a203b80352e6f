#include "pipeline/publish/gate.h"

#include <doctest/doctest.h>

#include <array>
#include <fstream>

#include "pipeline/edit_format.h"
#include "pipeline/verify/edits.h"
#include "pipeline/verify/policy.h"
#include "tests/fakes/git_repository.h"
#include "tests/pipeline/publish/hostile_patches.h"

namespace triage::publish {
namespace {

using namespace triage::publish::testing;
using Lines = std::vector<std::string>;

// Writes commits for "git fast-import", which puts anything into a tree.
class Import {
 public:
  void commit(const std::string& branch, const std::string& from, const Objects& objects) {
    text_ += "commit refs/heads/" + branch + "\ncommitter a <a@b> 0 +0000\ndata 0\n";
    if (!from.empty()) text_ += "from refs/heads/" + from + "\n";
    for (const auto& [path, object] : objects) {
      if (object.mode.empty()) text_ += "D " + quoted(path) + "\n";
    }
    for (const auto& [path, object] : objects) {
      if (object.mode == "160000") {
        text_ += "M 160000 " + object.content + " " + quoted(path) + "\n";
      } else if (!object.mode.empty()) {
        text_ += "M " + object.mode + " inline " + quoted(path) + "\ndata " +
                 std::to_string(object.content.size()) + "\n" + object.content + "\n";
      }
    }
  }
  void run(const fakes::GitRepository& repository) const {
    const std::string stream = repository.path() + "/stream";
    std::ofstream(stream, std::ios::binary) << text_;
    repository.git({"-c", "alias.import=!git fast-import --quiet < stream", "import"});
  }

 private:
  static std::string quoted(const std::string& path) {
    std::string out = "\"";
    for (const char c : path) {
      std::array<char, 8> octal{};
      std::snprintf(octal.data(), octal.size(), "\\%03o", static_cast<unsigned char>(c));
      out += octal.data();
    }
    return out + "\"";
  }
  std::string text_;
};

// Knows the customer's address.
struct Knowing : redact::Redactor {
  Knowing() { know("EMAIL", "jane.roe@customer.example"); }
};
const redact::Redactor& redactor() {
  static const Knowing kRedactor;
  return kRedactor;
}

// All rows and twins as commits of one repository: "base", "moved" (a colleague's commit on top of
// it) and "<what><n>" on either.
struct Shop {
  Shop() : rows(name_patches()) {
    for (auto more : {kind_patches(), content_patches()})
      rows.insert(rows.end(), more.begin(), more.end());
    Import import;
    import.commit("base", "", shop_base());
    import.commit("moved", "base", {{"docs/news.md", {"more\n"}}, {"shop/other_room.py", {"x = 1\n"}}});
    for (std::size_t i = 0; i < rows.size(); ++i) {
      const std::string n = std::to_string(i);
      import.commit("hostile" + n, "base", rows[i].hostile);
      import.commit("twin" + n, "base", rows[i].twin);
      import.commit("merged-hostile" + n, "moved", rows[i].hostile);
      import.commit("merged-twin" + n, "moved", rows[i].twin);
    }
    import.run(git);
    auto opened = retrieval::Repository::open(git.path());
    REQUIRE(opened.ok());
    repository.emplace(std::move(*opened));
  }

  std::string id(const std::string& branch) const {
    const auto commit = repository->resolve(branch);
    REQUIRE_MESSAGE(commit.ok(), branch);
    return *commit;
  }
  verify::BaseTree tree(const std::string& commit) const {
    auto loaded = verify::BaseTree::load(*repository, commit);
    REQUIRE(loaded.ok());
    return std::move(*loaded);
  }
  Lines as_tree(const std::string& base, const std::string& result) const {
    const auto lines = judge(tree(id(base)), tree(id(result)), project, redactor());
    REQUIRE(lines.ok());
    return *lines;
  }
  // On the base that the patch was made for, once.
  const Lines& verdict(const std::string& result) const {
    const auto known = verdicts.find(result);
    if (known != verdicts.end()) return known->second;
    return verdicts.emplace(result, as_tree("base", result)).first->second;
  }
  // Through a commit of these files; a set that can't be one is refused by that.
  Lines as_files(const std::vector<FileChange>& files) const {
    const auto commit = repository->commit_changes(id("base"), files, "preview", TimePoint{});
    if (!commit) return {commit.error().message};
    const auto lines = judge(tree(id("base")), tree(*commit), project, redactor());
    REQUIRE(lines.ok());
    return *lines;
  }
  Lines as_diff(const std::string& diff) const {
    const auto edits = parse_unified_diff(diff);
    if (!edits) return {edits.error().message};
    const auto files = verify::apply_edits(tree(id("base")), *edits);
    return files ? as_files(*files) : Lines{files.error().message};
  }
  std::string diff(const std::string& result) const {
    const auto text = repository->diff(id("base"), id(result));
    REQUIRE(text.ok());
    return *text;
  }

  std::vector<HostilePatch> rows;
  fakes::GitRepository git;
  std::optional<retrieval::Repository> repository;
  config::ProjectSettings project;
  mutable std::map<std::string, Lines> verdicts;
};

const Shop& shop() {
  static const Shop kShop;
  return kShop;
}

std::string joined(const Lines& lines) {
  std::string all;
  for (const std::string& line : lines) all += line + "\n";
  return all;
}

// As a model or the verify room would hand them over; nothing where a set of files can't say it.
std::optional<std::vector<FileChange>> file_set(const Objects& objects) {
  std::vector<FileChange> files;
  for (const auto& [path, object] : objects) {
    if (object.mode == "120000" || object.mode == "160000") return std::nullopt;
    files.push_back({path, object.mode.empty() ? std::nullopt : std::optional(object.content),
                     object.mode == "100755"});
  }
  return files;
}

}  // namespace

TEST_SUITE("gate") {
  TEST_CASE("gate: every hostile patch is refused for its reason and its twin may leave") {
    CHECK(shop().rows.size() >= 120);
    for (std::size_t i = 0; i < shop().rows.size(); ++i) {
      const HostilePatch& row = shop().rows[i];
      const std::string n = std::to_string(i);
      const Lines& hostile = shop().verdict("hostile" + n);
      const Lines& twin = shop().verdict("twin" + n);
      INFO("row ", row.name, ", want ", row.reason, ", got ", joined(hostile));
      CHECK(joined(hostile).find(row.reason) != std::string::npos);
      CHECK_MESSAGE(twin.empty(), "the twin of ", row.name, ": ", joined(twin));
    }
  }

  TEST_CASE("gate: the verdict is the same for a tree, a diff, a set of files and after a merge") {
    std::size_t same = 0;
    for (std::size_t i = 0; i < shop().rows.size(); ++i) {
      for (const std::string what : {"hostile", "twin"}) {
        const HostilePatch& row = shop().rows[i];
        const std::string n = std::to_string(i);
        const Lines& tree = shop().verdict(what + n);
        INFO(what, " ", row.name, ": ", joined(tree));
        CHECK(shop().as_tree("moved", "merged-" + what + n) == tree);
        if (const auto files = file_set(what == "twin" ? row.twin : row.hostile)) {
          const Lines by_files = shop().as_files(*files);
          INFO("as files: ", joined(by_files));
          CHECK(by_files.empty() == tree.empty());
        }
        const Lines by_diff = shop().as_diff(shop().diff(what + n));
        INFO("as a diff: ", joined(by_diff));
        CHECK(by_diff.empty() == tree.empty());
        same += by_diff == tree;
      }
    }
    CHECK(same > shop().rows.size());  // not only refused both times, but in the same words
  }

  TEST_CASE("gate: an accepted tree differs from its base in allowed regular files only") {
    for (std::size_t i = 0; i < shop().rows.size(); ++i) {
      const verify::BaseTree base = shop().tree(shop().id("base"));
      const verify::BaseTree twin = shop().tree(shop().id("twin" + std::to_string(i)));
      const auto changes = changes_between(base, twin);
      REQUIRE(changes.ok());
      for (const TreeChange& change : *changes) {
        using Kind = retrieval::TreeFile::Kind;
        if (change.result == nullptr) continue;
        const bool was_program = change.base != nullptr && change.base->kind == Kind::executable;
        CHECK(change.result->kind == (was_program ? Kind::executable : Kind::regular));
        CHECK_FALSE(verify::is_protected_path(change.path, {}));
      }
    }
  }

  TEST_CASE("gate: the text of a patch hides nothing from what it makes of the tree") {
    struct Text {
      const char* name;
      std::string hostile, twin;
    };
    const auto file = [](const std::string& name, const std::string& line) {
      return "--- /dev/null\n+++ " + name + "\n@@ -0,0 +1 @@\n+" + line + "\n";
    };
    const std::string ci = ".github/workflows/x.yml", ok = "docs/x.md";
    const std::array rows{
        Text{"names that differ", "diff --git a/docs/x.md b/docs/x.md\nnew file mode 100644\n" + file("b/" + ci, "x"),
             "diff --git a/docs/x.md b/docs/x.md\nnew file mode 100644\n" + file("b/" + ok, "x")},
        Text{"no prefix", file(ci, "x"), file(ok, "x")},
        Text{"two prefixes", file("b/b/../" + ci, "x"), file("b/" + ok, "x")},
        Text{"above the root", file("b/../x.md", "x"), file("b/docs/x.md", "x")},
        Text{"inside and above", file("b/docs/../../x.md", "x"), file("b/docs/y.md", "x")},
        Text{"absolute", file("/etc/cron.d/x", "x"), file("b/etc/x", "x")},
        Text{"git's own folder", file("b/.git/hooks/post-checkout", "x"), file("b/git/x", "x")},
        Text{"git's own folder in capitals", file("b/docs/.GIT/config", "x"), file("b/docs/GIT/config", "x")},
        Text{"short name of it", file("b/git~1/config", "x"), file("b/git1/config", "x")},
        Text{"quoted", file("\"b/\\056github/x.yml\"", "x"), file("\"b/docs/\\170.md\"", "x")},
        Text{"quoted line end", file("\"b/docs/x\\n.md\"", "x"), file("\"b/docs/xn.md\"", "x")},
        Text{"a time behind the name", file("b/" + ci + "\t2026-01-01", "x"), file("b/" + ok + "\t2026-01-01", "x")},
        Text{"rename", "diff --git a/docs/guide.md b/" + ci + "\nsimilarity index 100%\nrename from docs/guide.md\nrename to " + ci + "\n",
             "diff --git a/docs/guide.md b/docs/guide.md\n--- a/docs/guide.md\n+++ b/docs/guide.md\n@@ -1 +1 @@\n-# Guide\n+# Help\n"},
        Text{"copy", "diff --git a/docs/guide.md b/" + ci + "\ncopy from docs/guide.md\ncopy to " + ci + "\n", file("b/docs/copy.md", "x")},
        Text{"symlink", "diff --git a/l b/l\nnew file mode 120000\n" + file("b/l", "/etc"), "diff --git a/l b/l\nnew file mode 100644\n" + file("b/l", "/etc")},
        Text{"submodule", "diff --git a/l b/l\nnew file mode 160000\n" + file("b/l", "Subproject commit 1"), file("b/l", "Subproject")},
        Text{"executable", "diff --git a/l b/l\nnew file mode 100755\n" + file("b/l", "id"), "diff --git a/l b/l\nnew file mode 100644\n" + file("b/l", "id")},
        Text{"binary", "diff --git a/l b/l\nnew file mode 100644\nGIT binary patch\nliteral 0\nHcmV?d00001\n\n", file("b/l", "text")},
        Text{"prose around it", "Here you are:\n\n```diff\n" + file("b/" + ci, "x") + "```\nDone.\n", "Here you are:\n\n```diff\n" + file("b/" + ok, "x") + "```\nDone.\n"},
        Text{"a second file", file("b/" + ok, "x") + file("b/Makefile", "x"), file("b/" + ok, "x") + file("b/docs/y.md", "y")},
        Text{"carriage returns", "--- /dev/null\r\n+++ b/" + ci + "\r\n@@ -0,0 +1 @@\r\n+x\r\n", "--- /dev/null\r\n+++ b/" + ok + "\r\n@@ -0,0 +1 @@\r\n+x\r\n"},
        Text{"through a symlink", file("b/link/x", "x"), file("b/links/x", "x")},
    };
    for (const Text& row : rows) {
      const Lines hostile = shop().as_diff(row.hostile), twin = shop().as_diff(row.twin);
      CHECK_FALSE_MESSAGE(hostile.empty(), row.name);
      CHECK_MESSAGE(twin.empty(), "the twin of ", row.name, ": ", joined(twin));
    }
  }

  TEST_CASE("gate: settings open what they name and nothing else") {
    const auto refused = [](const Objects& objects, auto&& set) {
      config::ProjectSettings project;
      set(project);
      const auto files = file_set(objects);
      const auto commit =
          shop().repository->commit_changes(shop().id("base"), *files, "preview", TimePoint{});
      REQUIRE(commit.ok());
      const auto lines =
          judge(shop().tree(shop().id("base")), shop().tree(*commit), project, redactor());
      REQUIRE(lines.ok());
      return !lines->empty();
    };
    using Project = config::ProjectSettings;
    const auto hosts = [](Project& p) { p.allowed_hosts = {"evil.test", "*.good.test"}; };
    const auto nothing = [](Project&) {};
    const Objects exact = cart("X = 'https://evil.test/x'\n"), below = cart("X = 'https://a.good.test/'\n");
    CHECK_FALSE(refused(exact, hosts));
    CHECK_FALSE(refused(below, hosts));
    CHECK(refused(exact, nothing));
    CHECK(refused(cart("X = 'https://a.evil.test/x'\n"), hosts));
    CHECK(refused(cart("X = 'https://good.test.evil.org/x'\n"), hosts));
    const Objects manifest = one("package.json", "{}\n"), lock = one("package-lock.json", "{\"a\": 1}\n");
    CHECK_FALSE(refused(manifest, [](Project& p) { p.allow_manifests = true; }));
    CHECK(refused(manifest, [](Project& p) { p.allow_lock_files = true; }));
    CHECK_FALSE(refused(lock, [](Project& p) { p.allow_lock_files = true; }));
    CHECK(refused(lock, [](Project& p) { p.allow_manifests = true; }));
    CHECK(refused(cart("X = 1\n"), [](Project& p) { p.protected_paths = {"shop/**"}; }));
  }
}

}  // namespace triage::publish
