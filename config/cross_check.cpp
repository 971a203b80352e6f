#include <algorithm>
#include <array>
#include <set>
#include <vector>

#include "config/cross_check_internal.h"
#include "config/yaml_internal.h"
#include "pipeline/base/nearest.h"

namespace triage::config {

namespace {

bool is_loopback(std::string_view address) {
  return address == "localhost" || address == "::1" || address.starts_with("127.");
}

bool is_web_url(std::string_view url) {
  return (url.starts_with("https://") && url.size() > 8) ||
         (url.starts_with("http://") && url.size() > 7);
}

// The authority of a URL, without scheme and path: "user:pass@host:443".
std::string_view authority(std::string_view url) {
  const size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  return url.substr(0, url.find_first_of("/?#"));
}

bool holds_password(std::string_view url) {
  const std::string_view place = authority(url);
  const size_t at = place.rfind('@');
  if (at == std::string_view::npos) return false;
  return url.starts_with("http") || place.substr(0, at).find(':') != std::string_view::npos;
}

// A path, a URL of a transport that is safe to hand to git, or user@host:path.
bool is_repository(std::string_view where) {
  constexpr std::array<std::string_view, 5> kTransports = {"https://", "http://", "ssh://",
                                                           "git://", "file://"};
  if (where.starts_with('/')) return true;
  for (const std::string_view transport : kTransports) {
    if (where.starts_with(transport)) return where.size() > transport.size();
  }
  const size_t at = where.find('@');
  const size_t colon = where.find(':');
  return !where.starts_with('-') && at != std::string_view::npos && at > 0 &&
         colon != std::string_view::npos && at + 1 < colon &&
         where.find("::") == std::string_view::npos;
}

template <class Map>
std::string suggestion(const std::string& word, const Map& known) {
  std::vector<std::string_view> names;
  for (const auto& [name, value] : known) names.push_back(name);
  const std::string_view near = nearest(word, names);
  return near.empty() ? "" : " (did you mean \"" + std::string(near) + "\"?)";
}

void check_web_url(const std::string& path, const std::string& url, const Findings& findings) {
  if (url.empty()) return;
  if (!is_web_url(url)) findings.problem(path, path + " has to begin with https:// or http://");
  if (holds_password(url)) findings.problem(path, path + " must not hold a user or password");
}

void check_server(const Settings& settings, const Findings& findings) {
  const ServerSettings& server = settings.server;
  if (!is_loopback(server.address) && server.api_token.empty())
    findings.problem("server.address",
                     "server.api_token is needed, because server.address is not loopback: write "
                     "api_token: ${credential:api-token}, or listen on 127.0.0.1");
  check_web_url("server.public_url", server.public_url, findings);
  for (const auto& [path, directory] :
       {std::pair("state_dir", &settings.state_dir), std::pair("cache_dir", &settings.cache_dir)}) {
    if (!directory->starts_with('/'))
      findings.problem(path, std::string(path) + " has to be an absolute path");
  }
  if (settings.sandbox.user == "root" || settings.sandbox.user == "0")
    findings.problem("sandbox.user", "sandbox.user must not be root: name an ordinary account");
}

// One endpoint, whether it is `model` or an entry of `models`.
void check_endpoint(const std::string& path, const ModelSettings& model, const Findings& findings) {
  check_web_url(path + ".base_url", model.base_url, findings);
  const bool offline = model.name == "offline";
  if (!offline && model.base_url.empty())
    findings.problem(path + ".name", path + ".base_url is needed for every model but offline: write "
                                            "base_url: https://api.openai.com/v1, or name: offline");
  if (offline && !model.base_url.empty())
    findings.warning(path + ".base_url",
                     path + ".base_url is not used while " + path + ".name is offline");
  const std::string_view place = authority(model.base_url);
  if (model.base_url.starts_with("http://") && !model.api_key.empty() &&
      !is_loopback(place.substr(0, place.rfind(':'))))
    findings.warning(path + ".base_url", path + ".api_key travels unencrypted: use https://");
}

bool is_agent(const ModelSettings& model) { return model.api == "codex" || model.api == "claude"; }

// Entries have no fallbacks of their own, so a chain can't turn back on itself but by naming twice.
void check_fallbacks(const Settings& settings, const Findings& findings) {
  const std::string path = "model.fallbacks";
  const std::vector<std::string>& names = settings.model.fallbacks;
  std::set<std::string> seen;
  for (const std::string& name : names) {
    const auto found = settings.models.find(name);
    if (found == settings.models.end()) {
      findings.problem(path, path + " names no entry of models: \"" + printable(name) + "\"" +
                                 suggestion(name, settings.models));
    } else if (is_agent(found->second)) {
      findings.problem(path, path + " names \"" + name +
                                 "\", which is an agent: only endpoints can stand in");
    } else if (found->second.name == "offline") {
      findings.warning(path, path + " names \"" + name +
                                 "\", which is offline: that is what is left anyhow");
    }
    if (!seen.insert(name).second)
      findings.problem(path, path + " names \"" + printable(name) + "\" twice");
  }
  if (!names.empty() && is_agent(settings.model))
    findings.problem(path, path + " can't be used with an agent (model.api)");
  for (const auto& [name, model] : settings.models) {
    const bool embeds = std::ranges::any_of(settings.projects, [&](const auto& project) {
      return project.second.embeddings == name;
    });
    if (!embeds && std::ranges::find(names, name) == names.end())
      findings.warning("models." + name, "models." + name + " is not used: no fallback names it");
  }
}

void check_embeddings(const Settings& settings, const Findings& findings) {
  for (const auto& [name, project] : settings.projects) {
    if (project.embeddings.empty()) continue;
    const std::string path = "projects." + name + ".embeddings";
    const auto found = settings.models.find(project.embeddings);
    if (found == settings.models.end()) {
      findings.problem(path, path + " names no entry of models: \"" + printable(project.embeddings) +
                                 "\"" + suggestion(project.embeddings, settings.models));
    } else if (found->second.api != "chat") {
      findings.problem(path, path + " names \"" + project.embeddings +
                                 "\", whose api is not chat: vectors come from OpenAI-compatible "
                                 "endpoints only");
    }
  }
}

void check_model(const Settings& settings, const Findings& findings) {
  check_endpoint("model", settings.model, findings);
  for (const auto& [name, model] : settings.models)
    check_endpoint("models." + name, model, findings);
  check_fallbacks(settings, findings);
  check_embeddings(settings, findings);
  if (settings.budget.per_run > settings.budget.per_day)
    findings.warning("budget.per_run", "budget.per_run is more than budget.per_day allows");
  if (settings.budget.per_day > settings.budget.per_month)
    findings.warning("budget.per_day", "budget.per_day is more than budget.per_month allows");
}

void check_project(const ProjectSettings& project, const Settings& settings,
                   const Findings& findings) {
  const std::string at = "projects." + project.name;
  if (holds_password(project.repository)) {
    findings.problem(at + ".repository",
                     at + ".repository must not hold a user or password: use git_token");
  } else if (!project.repository.empty() && !is_repository(project.repository)) {
    findings.problem(at + ".repository", at + ".repository has to be an absolute path, an https:// "
                                              "or ssh:// URL, or user@host:path");
  }
  check_web_url(at + ".web_url", project.web_url, findings);
  if (project.branch.starts_with('-'))
    findings.problem(at + ".branch", at + ".branch must not begin with -");
  if (project.forge != "git" && !settings.sources.contains(project.forge))
    findings.problem(at + ".forge", at + ".forge names no source" +
                                        suggestion(project.forge, settings.sources) +
                                        "; write git, or a source that can open pull requests");
  if (project.forge != "git" && project.forge_repository.empty())
    findings.problem(at + ".forge",
                     at + ".forge_repository is needed with a forge: write owner/name");
  if (project.depth >= Depth::spec && project.test_command.empty())
    findings.warning(at + ".depth", at + ".test_command is empty: nothing can be proven, so runs "
                                         "end with a diagnosis");
}

void check_source(const SourceSettings& source, const Settings& settings,
                  const Findings& findings) {
  if (source.project.empty() || settings.projects.contains(source.project)) return;
  const std::string path = "sources." + source.name + ".project";
  findings.problem(path,
                   path + " names no project" + suggestion(source.project, settings.projects));
}

}  // namespace

void cross_check(const Settings& settings, const Findings& findings) {
  check_server(settings, findings);
  check_model(settings, findings);
  for (const auto& [name, project] : settings.projects) check_project(project, settings, findings);
  for (const auto& [name, source] : settings.sources) check_source(source, settings, findings);
}

}  // namespace triage::config
