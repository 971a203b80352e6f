#include "pipeline/publish/permalink.h"

#include <algorithm>
#include <array>

namespace triage::publish {
namespace {

struct Form {
  std::string_view kind, before_commit, commit;  // "/blob/" + commit + "/" + path
  std::string_view first, range;                 // "#L" + start + "-L" + end
};
constexpr std::array<Form, 4> kForms{{{"github", "/blob/", "/commit/", "#L", "-L"},
                                      {"gitlab", "/-/blob/", "/-/commit/", "#L", "-"},
                                      {"gitea", "/src/commit/", "/commit/", "#L", "-L"},
                                      {"bitbucket", "/src/", "/commits/", "#lines-", ":"}}};

const Form& form_of(const WebAddress& web) {
  const std::string_view kind = web.kind == "auto" ? web_kind_of(web.url) : web.kind;
  const auto form = std::ranges::find(kForms, kind, &Form::kind);
  return form == kForms.end() ? kForms.front() : *form;
}

bool is_azure(const WebAddress& web) {
  return (web.kind == "auto" ? web_kind_of(web.url) : std::string_view(web.kind)) == "azure";
}

// Everything but letters, digits and "-._~/" as %XX.
std::string encoded(std::string_view path) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : path) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~/").find(c) != std::string_view::npos;
    if (plain) {
      out += c;
    } else {
      out += '%';
      out += kHex[byte >> 4U];
      out += kHex[byte & 15U];
    }
  }
  return out;
}

bool is_commit(std::string_view commit) {
  return !commit.empty() && std::ranges::all_of(commit, [](char c) {
           return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
         });
}

}  // namespace

WebAddress web_address(const config::ProjectSettings& project) {
  WebAddress web{project.web_url, project.web_kind};
  while (web.url.ends_with('/')) web.url.pop_back();
  return web;
}

std::string_view web_kind_of(std::string_view url) {
  const std::size_t start = url.find("://");
  if (start != std::string_view::npos) url.remove_prefix(start + 3);
  const std::string_view host = url.substr(0, url.find('/'));
  const auto holds = [&](std::string_view word) { return host.find(word) != std::string_view::npos; };
  if (holds("gitlab")) return "gitlab";
  if (holds("bitbucket")) return "bitbucket";
  if (host == "dev.azure.com" || host.ends_with(".visualstudio.com")) return "azure";
  if (holds("gitea") || holds("forgejo") || holds("codeberg")) return "gitea";
  return "github";
}

std::string permalink(const WebAddress& web, std::string_view commit, std::string_view path,
                      std::uint32_t start, std::uint32_t end) {
  if (web.url.empty() || !is_commit(commit)) return {};
  const std::string first = std::to_string(start), last = std::to_string(std::max(start, end));
  if (is_azure(web)) {
    std::string url = web.url + "?path=/" + encoded(path) + "&version=GC" + std::string(commit);
    if (start > 0)
      url += "&line=" + first + "&lineEnd=" + std::to_string(std::max(start, end) + 1) +
             "&lineStartColumn=1&lineEndColumn=1";
    return url;
  }
  const Form& form = form_of(web);
  std::string url = web.url;
  url.append(form.before_commit).append(commit).append("/").append(encoded(path));
  if (start > 0) url.append(form.first).append(first);
  if (start > 0 && end > start) url.append(form.range).append(last);
  return url;
}

std::string commit_link(const WebAddress& web, std::string_view commit) {
  if (web.url.empty() || !is_commit(commit)) return {};
  return web.url + std::string(is_azure(web) ? "/commit/" : form_of(web).commit) + std::string(commit);
}

}  // namespace triage::publish
