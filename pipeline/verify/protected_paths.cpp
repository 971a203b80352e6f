#include "pipeline/verify/protected_paths.h"

#include <algorithm>
#include <array>

#include "pipeline/base/ascii.h"
#include "pipeline/redact/fold.h"

namespace triage::verify {
namespace {

constexpr auto kManifests = std::to_array<std::string_view>({
    "package.json", "pnpm-workspace.yaml", "requirements*.txt", "requirements*.in",
    "constraints*.txt", "Pipfile", "pyproject.toml", "setup.py", "setup.cfg", "environment.y*ml",
    "Cargo.toml", "go.mod", "go.work", "Gemfile", "*.gemspec", "composer.json", "mix.exs",
    "nuget.config", "packages.config", "deno.json*", "bower.json", "Package.swift", "Podfile",
    "pubspec.yaml", "*.cabal", "vcpkg.json", "conanfile.*", "Cartfile", "elm.json", "project.clj",
    "deps.edn", "shard.yml", "lerna.json",
});

constexpr auto kLockFiles = std::to_array<std::string_view>({
    "package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock*",
    "Pipfile.lock", "poetry.lock", "uv.lock", "pdm.lock", "pylock*.toml", "Cargo.lock", "go.sum",
    "go.work.sum", "Gemfile.lock", "composer.lock", "mix.lock", "packages.lock.json", "deno.lock",
    "Podfile.lock", "Package.resolved", "pubspec.lock", "flake.lock", "gradle.lockfile",
    "conan.lock", "Cartfile.resolved", "shard.lock",
});

constexpr auto kAlways = std::to_array<std::string_view>({
    // Dot-files and dot-folders: CI, editors, hooks, agents, package managers' settings.
    "**/.*", "**/.*/**",
    // Owners, agents, hooks, what people agreed on.
    "CODEOWNERS", "OWNERS", "MAINTAINERS", "AGENTS.md", "AGENT.md", "CLAUDE.md", "CLAUDE.local.md",
    "GEMINI.md", "copilot-instructions.md", "*.instructions.md", "mcp.json", "SECURITY.md",
    "LICENSE", "LICENSE.md", "LICENSE.txt", "COPYING", "CODE_OF_CONDUCT.md", "hooks/",
    "git-hooks/", "githooks/", "husky/",
    "lefthook.y*ml",
    // CI that does not live in a dot-folder.
    "ci/", "Jenkinsfile*", "azure-pipelines*", "bitbucket-pipelines.y*ml", "appveyor.y*ml",
    "cloudbuild.*", "buildspec*.y*ml", "circle.y*ml", "wercker.y*ml", "codecov.y*ml", "renovate.json*",
    "sonar-project.properties", "Earthfile",
    // Deployment and packaging.
    "debian/", "deploy/", "deployment/", "k8s/", "kubernetes/", "helm/", "Chart.yaml", "terraform/",
    "ansible/", "Dockerfile*", "*.dockerfile", "Containerfile*", "docker-compose*", "compose.y*ml",
    "docker-entrypoint*", "Vagrantfile", "Procfile", "*.tf", "*.tfvars", "*.hcl", "*.nomad",
    "kustomization.y*ml", "skaffold.y*ml", "serverless.y*ml", "netlify.toml", "vercel.json",
    "fly.toml", "wrangler.toml", "firebase.json", "app.yaml", "*.service", "*.timer", "crontab",
    // Builds.
    "CMakeLists.txt", "*.cmake", "CMakePresets.json", "CMakeUserPresets.json", "Makefile*",
    "GNUmakefile", "*.mk", "*.mak", "*.ninja", "meson.build", "meson_options.txt", "BUILD",
    "BUILD.bazel", "*.bzl", "WORKSPACE", "WORKSPACE.bazel", "MODULE.bazel", "configure",
    "configure.ac", "*.m4",
    "build.rs", "build.gradle*", "settings.gradle*", "gradle.properties", "gradlew*", "gradle/",
    "pom.xml", "build.xml", "mvnw*", "Rakefile", "*.rake", "Directory.Build.*", "*.csproj",
    "*.fsproj", "*.vbproj", "*.vcxproj", "*.props", "*.targets", "*.sln", "*.sbt", "SConstruct",
    "SConscript", "wscript", "waf", "justfile", "Taskfile.y*ml", "gulpfile.*", "Gruntfile.*",
    "webpack.config.*", "vite.config.*", "rollup.config.*", "babel.config.*", "eslint.config.*",
    "prettier.config.*", "postcss.config.*", "tailwind.config.*", "next.config.*", "nuxt.config.*",
    "svelte.config.*", "metro.config.*", "tsconfig*.json", "jsconfig.json", "binding.gyp", "*.gypi",
    "*.nix", "*.pbxproj", "dune-project", "Brewfile",
    // What decides which tests run, and what a test runner loads before them.
    "tox.ini", "pytest.ini", "noxfile.py", "conftest.py", "phpunit.xml*", "testng.xml",
    "spec_helper.rb", "rails_helper.rb", "jest.config.*", "jest.setup.*", "vitest.config.*",
    "vitest.setup.*", "vitest.workspace.*", "karma.conf.*", "playwright.config.*",
    "cypress.config.*", "sitecustomize.py", "*.pth",
});

template <size_t N>
bool matches_any(const std::array<std::string_view, N>& globs, std::string_view path) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](std::string_view glob) { return matches_glob(glob, path); });
}

// Most patterns are for one component: "*" and "?" only, going back to the last "*" at a mismatch.
bool matches_component(std::string_view glob, std::string_view text) {
  size_t g = 0, t = 0, star = std::string_view::npos, mark = 0;
  while (t < text.size()) {
    if (g < glob.size() && glob[g] == '*') {
      star = g++;
      mark = t;
    } else if (g < glob.size() &&
               (glob[g] == '?' || lower_ascii(glob[g]) == lower_ascii(text[t]))) {
      ++g, ++t;
    } else if (star != std::string_view::npos) {
      g = star + 1;
      t = ++mark;
    } else {
      return false;
    }
  }
  return glob.find_first_not_of('*', g) == std::string_view::npos;
}

struct Twin {
  std::uint32_t point;
  char ascii;
};

// Letters of other alphabets that no eye tells from ASCII, by code point.
constexpr auto kTwins = std::to_array<Twin>({
    {0x00d7, 'x'}, {0x0131, 'i'}, {0x0138, 'k'}, {0x017f, 's'}, {0x01c0, 'l'}, {0x0237, 'j'},
    {0x0251, 'a'}, {0x0261, 'g'}, {0x0269, 'i'}, {0x028b, 'u'}, {0x0391, 'A'}, {0x0392, 'B'},
    {0x0395, 'E'}, {0x0396, 'Z'}, {0x0397, 'H'}, {0x0399, 'I'}, {0x039a, 'K'}, {0x039c, 'M'},
    {0x039d, 'N'}, {0x039f, 'O'}, {0x03a1, 'P'}, {0x03a4, 'T'}, {0x03a5, 'Y'}, {0x03a7, 'X'},
    {0x03b1, 'a'}, {0x03b9, 'i'}, {0x03ba, 'k'}, {0x03bd, 'v'}, {0x03bf, 'o'}, {0x03c1, 'p'},
    {0x03c5, 'u'}, {0x0405, 'S'}, {0x0406, 'I'}, {0x0408, 'J'}, {0x0410, 'A'}, {0x0412, 'B'},
    {0x0415, 'E'}, {0x041a, 'K'}, {0x041c, 'M'}, {0x041d, 'H'}, {0x041e, 'O'}, {0x0420, 'P'},
    {0x0421, 'C'}, {0x0422, 'T'}, {0x0423, 'Y'}, {0x0425, 'X'}, {0x0430, 'a'}, {0x0435, 'e'},
    {0x043a, 'k'}, {0x043e, 'o'}, {0x0440, 'p'}, {0x0441, 'c'}, {0x0443, 'y'}, {0x0445, 'x'},
    {0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'}, {0x0475, 'v'}, {0x04bb, 'h'}, {0x04cf, 'l'},
    {0x0501, 'd'}, {0x051b, 'q'}, {0x051d, 'w'}, {0x0578, 'n'}, {0x057d, 'u'}, {0x0585, 'o'},
    {0x13aa, 'G'}, {0x2024, '.'}, {0x2044, '/'}, {0x2113, 'l'}, {0x212a, 'K'}, {0x2215, '/'},
    {0x3002, '.'},
});

}  // namespace

std::string look_alike(std::string_view text) {
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (std::all_of(text.begin(), text.end(), is_ascii)) return std::string(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const redact::CodePoint point = redact::code_point_at(text, at);
    const bool combining = point.value >= 0x300 && point.value <= 0x36f;
    const auto twin = std::lower_bound(kTwins.begin(), kTwins.end(), point.value,
                                       [](const Twin& t, std::uint32_t c) { return t.point < c; });
    if (point.value >= 0xff01 && point.value <= 0xff5e) {
      out += static_cast<char>(point.value - 0xfee0);  // full width forms
    } else if (twin != kTwins.end() && twin->point == point.value) {
      out += twin->ascii;
    } else if (!combining && !redact::is_invisible(point.value)) {
      out += text.substr(at, point.length);
    }
    at += point.length;
  }
  return out;
}

bool matches_glob(std::string_view pattern, std::string_view path) {
  if (pattern.find('/') == std::string_view::npos)
    return matches_component(pattern, path.substr(path.rfind('/') + 1));
  std::string glob = lower_ascii(pattern);
  const std::string text = lower_ascii(path);
  const bool below = glob.ends_with('/');
  if (below) glob += "**";
  if (glob.starts_with('/')) glob.erase(0, 1);

  // reached[i]: the pattern so far can have consumed i bytes of the text.
  std::vector<bool> reached(text.size() + 1, false);
  reached[0] = true;
  for (size_t p = 0; p < glob.size(); ++p) {
    std::vector<bool> next(text.size() + 1, false);
    const bool any_folders = glob.compare(p, 3, "**/") == 0;
    const bool anything = glob.compare(p, 2, "**") == 0;
    bool earlier = false;
    for (size_t i = 0; i <= text.size(); ++i) {
      if (any_folders) {
        next[i] = reached[i] || (earlier && text[i - 1] == '/');
        earlier = earlier || reached[i];
      } else if (anything) {
        next[i] = reached[i] || (i > 0 && next[i - 1]);
      } else if (glob[p] == '*') {
        next[i] = reached[i] || (i > 0 && next[i - 1] && text[i - 1] != '/');
      } else if (i > 0 && reached[i - 1]) {
        next[i] = glob[p] == text[i - 1] || (glob[p] == '?' && text[i - 1] != '/');
      }
    }
    p += any_folders ? 2 : anything ? 1 : 0;
    reached = std::move(next);
  }
  return reached.back();
}

Protection protection_of(std::string_view path) {
  const std::string seen = look_alike(path);
  const auto is_one_of = [&](const auto& globs) {
    return matches_any(globs, path) || (seen != path && matches_any(globs, seen));
  };
  if (is_one_of(kAlways)) return Protection::always;
  if (is_one_of(kLockFiles)) return Protection::lock_file;
  return is_one_of(kManifests) ? Protection::manifest : Protection::none;
}

bool is_protected_path(std::string_view path, const std::vector<std::string>& more_globs) {
  return protection_of(path) != Protection::none ||
         std::any_of(more_globs.begin(), more_globs.end(),
                     [&](std::string_view glob) { return matches_glob(glob, path); });
}

bool is_test_path(std::string_view path) {
  static constexpr std::array<std::string_view, 16> kGlobs{
      "**/test/**", "**/tests/**", "**/spec/**", "**/specs/**", "**/__tests__/**", "test_*",
      "*_test.*", "*_tests.*", "*_spec.*", "*.test.*", "*.spec.*", "*Test.java", "*Tests.cs",
      "tests.py", "test.py", "*_unittest.*"};
  return matches_any(kGlobs, path);
}

}  // namespace triage::verify
