#include "pipeline/publish/permalink.h"

#include <doctest/doctest.h>

namespace triage::publish {

TEST_SUITE("permalink") {
  TEST_CASE("permalink: each forge has its form, told by the host or the setting") {
    struct Row {
      const char *url, *kind, *lines, *line, *file, *commit;
    };
    for (const Row& row : {
             Row{"https://github.com/a/b", "auto", "https://github.com/a/b/blob/abc/x/y.py#L3-L5",
                 "https://github.com/a/b/blob/abc/x/y.py#L3", "https://github.com/a/b/blob/abc/x/y.py",
                 "https://github.com/a/b/commit/abc"},
             Row{"https://gitlab.acme.example/a/b", "auto", "https://gitlab.acme.example/a/b/-/blob/abc/x/y.py#L3-5",
                 "https://gitlab.acme.example/a/b/-/blob/abc/x/y.py#L3", "https://gitlab.acme.example/a/b/-/blob/abc/x/y.py",
                 "https://gitlab.acme.example/a/b/-/commit/abc"},
             Row{"https://codeberg.org/a/b", "auto", "https://codeberg.org/a/b/src/commit/abc/x/y.py#L3-L5",
                 "https://codeberg.org/a/b/src/commit/abc/x/y.py#L3", "https://codeberg.org/a/b/src/commit/abc/x/y.py",
                 "https://codeberg.org/a/b/commit/abc"},
             Row{"https://bitbucket.org/a/b", "auto", "https://bitbucket.org/a/b/src/abc/x/y.py#lines-3:5",
                 "https://bitbucket.org/a/b/src/abc/x/y.py#lines-3", "https://bitbucket.org/a/b/src/abc/x/y.py",
                 "https://bitbucket.org/a/b/commits/abc"},
             Row{"https://dev.azure.com/a/_git/b", "auto",
                 "https://dev.azure.com/a/_git/b?path=/x/y.py&version=GCabc&line=3&lineEnd=6&lineStartColumn=1&lineEndColumn=1",
                 "https://dev.azure.com/a/_git/b?path=/x/y.py&version=GCabc&line=3&lineEnd=4&lineStartColumn=1&lineEndColumn=1",
                 "https://dev.azure.com/a/_git/b?path=/x/y.py&version=GCabc", "https://dev.azure.com/a/_git/b/commit/abc"},
             Row{"https://code.acme.example/a/b", "gitlab", "https://code.acme.example/a/b/-/blob/abc/x/y.py#L3-5",
                 "https://code.acme.example/a/b/-/blob/abc/x/y.py#L3", "https://code.acme.example/a/b/-/blob/abc/x/y.py",
                 "https://code.acme.example/a/b/-/commit/abc"}}) {
      CAPTURE(row.url);
      const WebAddress web{row.url, row.kind};
      CHECK(permalink(web, "abc", "x/y.py", 3, 5) == row.lines);
      CHECK(permalink(web, "abc", "x/y.py", 3, 3) == row.line);
      CHECK(permalink(web, "abc", "x/y.py", 0, 0) == row.file);
      CHECK(commit_link(web, "abc") == row.commit);
    }
  }

  TEST_CASE("permalink: neither a name nor a commit leads elsewhere") {
    const WebAddress web{"https://github.com/a/b", "auto"};
    CHECK(permalink(web, "abc", "a b/(c)#d?e%f]\xc3\xa9.py", 1, 1) ==
          "https://github.com/a/b/blob/abc/a%20b/%28c%29%23d%3Fe%25f%5D%C3%A9.py#L1");
    CHECK(permalink(web, "", "x", 1, 1).empty());
    CHECK(permalink(web, "../../evil", "x", 1, 1).empty());
    CHECK(commit_link(web, "abc) [x](http://evil.test").empty());
    CHECK(permalink({"", "github"}, "abc", "x", 1, 1).empty());
    config::ProjectSettings project;
    project.web_url = "https://github.com/a/b//";
    CHECK(web_address(project).url == "https://github.com/a/b");
  }
}

}  // namespace triage::publish
