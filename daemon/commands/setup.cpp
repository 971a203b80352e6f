#include "daemon/commands/setup.h"

#include <cstdio>

#include "config/load.h"
#include "connectors/registry.h"
#include "daemon/http_client.h"
#include "pipeline/base/json.h"
#include "pipeline/base/utf8.h"

namespace triage::commands {

Result<config::Settings> load_settings(const std::string& path) {
  std::vector<std::string> warnings;
  auto settings = config::load_file(path, config::system_environment(), &warnings);
  for (const std::string& warning : warnings) std::fprintf(stderr, "triaged: %s\n", warning.c_str());
  return settings;
}

Result<std::unique_ptr<HttpClient>> make_http_client() {
  daemon::ClientOptions options;
  options.proxies = TRY(daemon::ProxySettings::from_environment());
  return std::unique_ptr<HttpClient>(TRY(daemon::BeastHttpClient::create(std::move(options))));
}

Result<std::string> ticket_json(const std::string& content) {
  const size_t start = content.find_first_not_of(" \t\r\n");
  if (start == std::string::npos)
    return invalid_input("the ticket is empty: give a subject on the first line and the text below, "
                         "or JSON {\"subject\",\"body\"}");
  if (content[start] == '{') {
    if (auto parsed = parse_json(content); !parsed)
      return std::move(parsed).error().with_context("the ticket file");
    return content;
  }
  const std::string text = repair_utf8(content);
  const size_t first = text.find_first_not_of(" \t\r\n");
  const size_t line_end = std::min(text.find('\n', first), text.size());
  std::string subject = text.substr(first, line_end - first);
  while (subject.ends_with('\r') || subject.ends_with(' ')) subject.pop_back();
  const size_t body = text.find_first_not_of("\r\n", line_end);
  Json ticket = Json::object();
  ticket.set("subject", subject);
  ticket.set("body", body == std::string::npos ? std::string() : text.substr(body));
  return ticket.dump();
}

Result<Ticket> read_ticket(const std::string& content, TimePoint now) {
  const auto registry = TRY(connectors::Registry::load());
  const auto local = TRY(registry.make("local", {"file", {}, {}}));
  HttpRequest request{"POST", "/api/v1/tickets", {{"Content-Type", "application/json"}},
                      TRY(ticket_json(content))};
  auto delivery = TRY(local->receive(request, now));
  auto* event = std::get_if<connectors::TicketEvent>(&delivery.event);
  if (event == nullptr) return invalid_input("the file holds no ticket");
  event->ticket.key = {"file", event->ticket.key.external_id.empty() ? "1"
                                                                     : event->ticket.key.external_id};
  return std::move(event->ticket);
}

}  // namespace triage::commands
