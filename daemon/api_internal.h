// One request on its way through the API, and the answers that its handlers share.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/api.h"
#include "pipeline/base/json.h"

namespace triage::daemon::api {

struct Call {
  const ApiParts& parts;
  HttpRequest request;
  std::vector<std::string> path;             // what {…} matched, decoded
  std::map<std::string, std::string> query;  // decoded
  HttpServer::Reply reply;
};

HttpResponse json_response(int status, const Json& body);
HttpResponse problem(int status, std::string_view title, std::string_view detail);
HttpResponse problem(const Error& error);
HttpResponse html_response(std::string page);
HttpResponse text_response(int status, std::string text);

// Decodes %XX and (in queries) +; a malformed escape is kept as it stands.
std::string percent_decode(std::string_view text, bool plus_is_space);
std::map<std::string, std::string> parse_query(std::string_view query);

// Whether the request may use what needs the API token; else the answer to give.
std::optional<HttpResponse> refuse_unauthorised(const HttpRequest& request,
                                                const config::ServerSettings& server);

// Handlers by area; each calls reply once.
void receive_webhook(Call call);
void file_ticket(Call call);
void show_overview(Call call);
void list_runs(Call call);
void show_run(Call call);
void retry_run(Call call);
void show_receipts(Call call);
void show_receipt_key(Call call);
void list_tickets(Call call);
void show_ticket(Call call);
void show_metrics(Call call);
void console_overview(Call call);
void console_run(Call call);

}  // namespace triage::daemon::api
