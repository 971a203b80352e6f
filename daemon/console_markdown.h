// The few Markdown forms that our own notes use, as HTML for the console. A pure function.
//
// Paragraphs, lists, block quotes, fenced code, **strong**, *emphasis*, `code`, [text](http…), <sub>,
// and backslash escapes; comments are left out. Everything else, HTML above all, is shown as the
// characters that it is: what comes out holds no tag or attribute that this file did not write.
#pragma once

#include <string>
#include <string_view>

namespace triage::daemon::api {

// Text for HTML, also inside a quoted attribute; what is not UTF-8 is repaired.
std::string escape_html(std::string_view text);

std::string markdown_to_html(std::string_view markdown);

}  // namespace triage::daemon::api
