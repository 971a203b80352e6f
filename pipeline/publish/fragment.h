// Markdown made from fragments that nobody trusts: ticket words, model words, paths, log lines.
//
// Every fragment of such text goes through one of these before it stands in a note or a pull
// request: it can't mention people, close issues, run commands, hide text, or pass for our own
// marker or a slot that the outbox fills.
#pragma once

#include <string>
#include <string_view>

namespace triage::publish {

// One line of prose; at most `max` bytes, cut with an ellipsis.
std::string prose(std::string_view untrusted, size_t max = 600);

// Several paragraphs of prose, line breaks kept; no headings, rules or fences of tildes.
std::string paragraphs(std::string_view untrusted, size_t max = 2400);

// “…” around one line of the customer's words.
std::string quoted(std::string_view untrusted, size_t max = 200);

// `…` with as many backticks as it takes.
std::string code(std::string_view untrusted, size_t max = 200);

// A fenced block, cut head and tail to max bytes.
std::string code_block(std::string_view untrusted, size_t max, std::string_view language = "");

// [text](url) where the URL is a plain http(s) one, else just the text. `text` is Markdown already.
std::string link(const std::string& text, std::string_view url);

}  // namespace triage::publish
