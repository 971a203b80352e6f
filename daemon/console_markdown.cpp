#include "daemon/console_markdown.h"

#include <algorithm>
#include <optional>
#include <vector>

#include "pipeline/base/utf8.h"

namespace triage::daemon::api {
namespace {

size_t run_length(std::string_view text, char c) {
  return std::min(text.find_first_not_of(c), text.size());
}

bool is_punctuation(char c) {
  return c > ' ' && c < 0x7f && !(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
         !(c >= 'a' && c <= 'z');
}

std::string inline_html(std::string_view text, int depth);

// What a form at the start of `text` becomes, and how much of it that takes.
struct Piece {
  std::string html;
  size_t length;
};

std::optional<Piece> code_span(std::string_view text) {
  const size_t ticks = run_length(text, '`');
  for (size_t pos = ticks; (pos = text.find('`', pos)) != std::string_view::npos;) {
    const size_t closing = run_length(text.substr(pos), '`');
    if (closing == ticks) {
      std::string_view inside = text.substr(ticks, pos - ticks);
      if (inside.size() > 2 && inside.starts_with(' ') && inside.ends_with(' '))
        inside = inside.substr(1, inside.size() - 2);
      return Piece{"<code>" + escape_html(inside) + "</code>", pos + ticks};
    }
    pos += closing;
  }
  return Piece{escape_html(text.substr(0, ticks)), ticks};  // no partner: as it stands
}

// `mark`…`mark` around something that does not begin or end with a blank.
std::optional<Piece> emphasis(std::string_view text, std::string_view mark, std::string_view tag,
                              int depth) {
  if (!text.starts_with(mark)) return std::nullopt;
  const size_t end = text.find(mark, mark.size() + 1);
  if (end == std::string_view::npos || text[mark.size()] == ' ' || text[end - 1] == ' ')
    return std::nullopt;
  const std::string name(tag);
  const std::string_view inside = text.substr(mark.size(), end - mark.size());
  return Piece{"<" + name + ">" + inline_html(inside, depth) + "</" + name + ">", end + mark.size()};
}

std::string anchor(std::string_view url, const std::string& html) {
  return "<a rel=\"noreferrer\" href=\"" + escape_html(url) + "\">" + html + "</a>";
}

bool is_web_address(std::string_view url) {
  return url.starts_with("https://") || url.starts_with("http://");
}

std::optional<Piece> bare_link(std::string_view text) {
  if (!is_web_address(text)) return std::nullopt;
  std::string_view url = text.substr(0, text.find_first_of(" \t\r\n<>\"'`)]*"));
  while (url.ends_with('.') || url.ends_with(',')) url.remove_suffix(1);
  return Piece{anchor(url, escape_html(url)), url.size()};
}

std::optional<Piece> link(std::string_view text, int depth) {
  const size_t middle = text.find("](");
  const size_t end = middle == std::string_view::npos ? middle : text.find(')', middle);
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view url = text.substr(middle + 2, end - middle - 2);
  if (!is_web_address(url)) return std::nullopt;
  return Piece{anchor(url, inline_html(text.substr(1, middle - 1), depth)), end + 1};
}

std::optional<Piece> angle(std::string_view text) {
  for (const std::string_view own : {"<sub>", "</sub>"}) {  // seen by write(), which makes it small
    if (text.starts_with(own)) return Piece{std::string(), own.size()};
  }
  if (!text.starts_with("<!--")) return std::nullopt;
  const size_t end = text.find("-->");
  return Piece{std::string(), end == std::string_view::npos ? text.size() : end + 3};
}

std::optional<Piece> piece(std::string_view text, int depth) {
  constexpr int kMaxDepth = 8;
  if (text[0] == '\\' && text.size() > 1 && is_punctuation(text[1]))
    return Piece{escape_html(text.substr(1, 1)), 2};
  if (text[0] == '`') return code_span(text);
  if (text[0] == '<') return angle(text);
  if (text[0] == 'h') return depth == 0 ? bare_link(text) : std::nullopt;
  if (depth >= kMaxDepth) return std::nullopt;
  if (text[0] == '[') return link(text, depth + 1);
  if (text.starts_with("**")) return emphasis(text, "**", "strong", depth + 1);
  if (text[0] == '*') return emphasis(text, "*", "em", depth + 1);
  return std::nullopt;
}

std::string inline_html(std::string_view text, int depth) {
  std::string out;
  size_t plain = 0;  // start of what is not written yet
  for (size_t i = 0; i < text.size();) {
    const size_t next = text.find_first_of("\\`<[*h", i);
    if (next == std::string_view::npos) break;
    const auto found = piece(text.substr(next), depth);
    if (!found) {
      i = next + 1;
      continue;
    }
    out += escape_html(text.substr(plain, next - plain)) + found->html;
    i = plain = next + found->length;
  }
  return out + escape_html(text.substr(plain));
}

enum class Block { none, paragraph, list, quote, code };

// Lines to blocks. A block is open until a line of another kind, or an empty one.
class Renderer {
 public:
  std::string render(std::string_view markdown) {
    for (size_t start = 0; start < markdown.size();) {
      const size_t end = std::min(markdown.find('\n', start), markdown.size());
      line(markdown.substr(start, end - start));
      start = end + 1;
    }
    flush();
    return std::move(out_);
  }

 private:
  void line(std::string_view text) {
    if (block_ == Block::code) {
      if (text.starts_with(fence_)) return flush();
      return add(text);
    }
    if (text.starts_with("```")) {
      flush();
      fence_ = text.substr(0, run_length(text, '`'));
      block_ = Block::code;
      return;
    }
    if (text.find_first_not_of(" \t\r") == std::string_view::npos) return flush();
    if (text.starts_with("- ")) return open(Block::list, text.substr(2), true);
    if (text.starts_with('>'))
      return open(Block::quote, text.substr(text.starts_with("> ") ? 2 : 1), false);
    open(block_ == Block::none ? Block::paragraph : block_, text, false);
  }

  void open(Block block, std::string_view text, bool new_item) {
    if (block != block_) flush();
    if (new_item && !text_.empty()) {
      items_.push_back(std::move(text_));
      text_.clear();
    }
    block_ = block;
    add(text);
  }

  void add(std::string_view text) { (text_ += text) += '\n'; }

  void flush() {
    switch (block_) {
      case Block::none: break;
      case Block::paragraph: write("p", text_); break;
      case Block::quote: write("blockquote", text_); break;
      case Block::code: out_ += "<pre>" + escape_html(text_) + "</pre>"; break;
      case Block::list:
        items_.push_back(text_);
        out_ += "<ul>";
        for (const std::string& item : items_) write("li", item);
        out_ += "</ul>";
    }
    block_ = Block::none;
    text_.clear();
    items_.clear();
  }

  // A paragraph of which nothing is seen (a marker) is left out.
  void write(const std::string& tag, std::string_view text) {
    const bool small = text.starts_with("<sub>");
    const std::string html = inline_html(text.substr(0, text.find_last_not_of('\n') + 1), 0);
    if (html.empty()) return;
    out_ += "<" + tag + (small ? " class=\"muted small\">" : ">") + html + "</" + tag + ">";
  }

  std::string out_, text_;
  std::string_view fence_;
  std::vector<std::string> items_;
  Block block_ = Block::none;
};

}  // namespace

std::string escape_html(std::string_view text) {
  std::string out;
  for (const char c : repair_utf8(text)) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::string markdown_to_html(std::string_view markdown) {
  return Renderer().render(markdown);
}

}  // namespace triage::daemon::api
