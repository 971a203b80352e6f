// What the pages of the console share. No script, no outside resource; all text goes through
// escape_html() or markdown_to_html().
#pragma once

#include <string>
#include <string_view>

#include "daemon/api_internal.h"
#include "daemon/console_markdown.h"

namespace triage::daemon::api {

// A whole page with the console's style; a live one loads itself again now and then.
HttpResponse console_page(int status, std::string_view title, const std::string& body,
                          bool live = false);

// "ok", "warn", "bad" or "muted": the colour class of a state.
std::string_view tone_of(RunState state);
std::string state_in_words(const RunRow& run);
std::string dollars(double amount);
// "<tag class="tone">text</tag>", escaped.
std::string element(std::string_view tag, std::string_view text, std::string_view tone = "");
// "2026-11-21 08:00 UTC".
std::string minute_of(TimePoint time);

}  // namespace triage::daemon::api
