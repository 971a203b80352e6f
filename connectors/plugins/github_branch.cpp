// A branch with one commit, without a clone: tree, commit, then the ref that makes it visible.
//
// The commit is the same for the same effect (fixed author, the base's own date), so after a crash
// the branch is ours exactly if it stands at the commit that we would make.
#include <algorithm>

#include "connectors/plugins/plugin.h"
#include "pipeline/base/digest.h"
#include "pipeline/base/utf8.h"

namespace triage::connectors {
namespace {

class BranchMaker {
 public:
  BranchMaker(Exchange& exchange, const Scope& variables, const Effect& effect)
      : exchange_(exchange), variables_(variables), effect_(effect) {}

  Result<EffectResult> run() {
    if (!effect_.branch.starts_with("triage/") || effect_.changes.empty() ||
        effect_.base_commit.empty())
      return internal_error("a branch needs a name under triage/, a base commit and changes");
    const std::string present = TRY(commit_of_branch());
    const Json base = TRY(get("/git/commits/" + effect_.base_commit));
    const std::string ours = TRY(make_commit(base));
    EffectResult result{effect_.branch, web_page(base["html_url"].as_string()), !present.empty()};
    if (present == ours) return result;
    if (!present.empty())
      return Error{ErrorKind::conflict, "the branch " + effect_.branch +
                                            " exists with other commits; delete it, or leave it "
                                            "and retry the ticket"};
    const Json made = TRY(post("/git/refs", Json::object()
                                                .set("ref", "refs/heads/" + effect_.branch)
                                                .set("sha", ours)));
    if (made["object"]["sha"].as_string() != ours)
      return Error{ErrorKind::conflict, "the branch " + effect_.branch +
                                            " was made but stands at another commit"};
    return result;
  }

 private:
  Result<Json> get(const std::string& path) { return call("GET", path, {}); }
  Result<Json> post(const std::string& path, Json body) {
    return call("POST", path, std::move(body));
  }

  Result<Json> call(const std::string& method, const std::string& path, Json body) {
    Scope variables = variables_;
    variables["plugin.path"] = path.substr(1);
    RequestSpec request;
    request.method = method;
    request.path = TRY(Template::compile("/repos/{repository|path}/{plugin.path|path}"));
    if (!body.is_null()) request.body = Shape{{}, std::move(body), {}, {}, Shape::Kind::literal};
    return parse_json(TRY(exchange_.send(request, variables)).body);
  }

  // Empty where there is no such branch.
  Result<std::string> commit_of_branch() {
    auto ref = get("/git/ref/heads/" + effect_.branch);
    if (!ref && ref.error().kind == ErrorKind::not_found) return std::string{};
    if (!ref) return std::move(ref).error();
    return (*ref)["object"]["sha"].as_string();
  }

  Result<std::string> sha_of(const Json& answer, std::string_view what) {
    if (answer["sha"].as_string().empty())
      return Error{ErrorKind::unavailable, "the answer names no " + std::string(what)};
    return answer["sha"].as_string();
  }

  Result<Json> tree_entry(const FileChange& change) {
    Json entry = Json::object();
    entry.set("path", change.path)
        .set("mode", change.executable ? "100755" : "100644")
        .set("type", "blob");
    if (!change.content) return entry.set("sha", nullptr);
    if (is_valid_utf8(*change.content) && change.content->find('\0') == std::string::npos)
      return entry.set("content", *change.content);
    // A tree's inline content is text only.
    const Json blob = TRY(post("/git/blobs", Json::object()
                                                 .set("content", to_base64(*change.content))
                                                 .set("encoding", "base64")));
    return entry.set("sha", TRY(sha_of(blob, "blob")));
  }

  Result<std::string> make_commit(const Json& base) {
    Json entries = Json::array();
    for (const FileChange& change : effect_.changes) entries.push(TRY(tree_entry(change)));
    const std::string base_tree = TRY(sha_of(base["tree"], "base tree"));
    const Json tree = TRY(post("/git/trees", Json::object()
                                                 .set("base_tree", base_tree)
                                                 .set("tree", std::move(entries))));
    const std::string tree_sha = TRY(sha_of(tree, "tree"));
    const Json author = Json::object()
                            .set("name", "triaged")
                            .set("email", "triaged@localhost")
                            .set("date", base["committer"]["date"].as_string());
    const Json commit = TRY(post(
        "/git/commits", Json::object()
                            .set("message", effect_.title.str() + "\n\nTriage-Op: " + effect_.op_id)
                            .set("tree", tree_sha)
                            .set("parents", Json::array().push(effect_.base_commit))
                            .set("author", author)
                            .set("committer", author)));
    return sha_of(commit, "commit");
  }

  // From the commit's page, ".../commit/<sha>", to the branch's; empty where there is none.
  std::string web_page(const std::string& commit_page) const {
    const size_t end = commit_page.rfind("/commit/");
    if (end == std::string::npos) return {};
    return commit_page.substr(0, end) + "/tree/" + effect_.branch;
  }

  Exchange& exchange_;
  const Scope& variables_;
  const Effect& effect_;
};

}  // namespace

Result<EffectResult> github_branch(Exchange& exchange, const Scope& variables,
                                   const Effect& effect) {
  return BranchMaker(exchange, variables, effect).run();
}

}  // namespace triage::connectors
