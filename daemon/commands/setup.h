// What several commands set up the same way: configuration, HTTP client, ticket files.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "config/settings.h"
#include "pipeline/base/http.h"
#include "pipeline/base/result.h"
#include "pipeline/base/ticket.h"

namespace triage::commands {

// The settings of a file, with its secrets resolved. Warnings go to standard error.
Result<config::Settings> load_settings(const std::string& path);

// The client for everything outward, with proxies from the environment.
Result<std::unique_ptr<HttpClient>> make_http_client();

// A ticket file: JSON as DESIGN says, or plain text whose first line is the subject. Returned as JSON
// text that the local connector understands. Errors: invalid_input for an empty ticket.
Result<std::string> ticket_json(const std::string& content);

// The same as a Ticket of the source "file".
Result<Ticket> read_ticket(const std::string& content, TimePoint now);

}  // namespace triage::commands
