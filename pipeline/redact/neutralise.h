// Makes text of strangers inert where it will be rendered: it can be read, but pings, closes, runs
// and hides nothing. Pure functions on strings; linear for text of a sane shape; never fail.
#pragma once

#include <string>
#include <string_view>

namespace triage::redact {

// For a fragment of prose from a ticket or a model, before the renderer puts its own markup round
// it:
// - control, zero-width and bidi characters are removed ("\r\n" becomes "\n");
// - @name, #12, owner/name#12 and GH-12 are put into backticks: no mention, reference or closing;
// - every address (https://…, www.…, mailto:…) is put into backticks, and a link that is defined
//   elsewhere ("[name]: …") is no longer one: text of strangers leads nowhere by a click;
// - &#64; and other entities are shown as they were written;
// - /command at the start of a line is put into backticks;
// - <tag> and <!-- comment --> become "&lt;tag>"; our placeholders stay;
// - ![image](…) becomes text, nothing is loaded.
// Code spans and fenced code at the margin stay as they are, but for the invisible characters.
// Doing it twice changes nothing more.
std::string neutralise(std::string_view fragment);

// For a whole body that holds the renderer's own markup: removes the invisible and escapes every
// tag but the plain ones that we write (<details>, <summary>, <sub>, <br> …, without attributes)
// and our own marker comments (effect_marker()).
std::string defuse(std::string_view body);

// "<EMAIL_1>": length of the placeholder that begins at pos, or 0.
std::size_t placeholder_at(std::string_view text, std::size_t pos);

}  // namespace triage::redact
