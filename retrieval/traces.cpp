#include "retrieval/traces.h"

#include <algorithm>
#include <optional>

#include "pipeline/base/codec.h"
#include "retrieval/trace_formats_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kLongestLine = 2000;   // of a line is read; the rest of it is ignored
constexpr size_t kMostFrames = 500;     // of one trace are kept: deep recursion repeats itself
constexpr size_t kMostTraces = 200;
constexpr size_t kLongestMessage = 1000;
constexpr size_t kDeepest = 32;         // causes of causes; the answer nests, so a hostile one is cut
constexpr int kGapLines = 4;            // lines that are no frame before a trace is over
constexpr int kIpythonGap = 20;         // the same, where code stands between the frames

// Python and old Ruby write the innermost frame last and the error after the frames; all others
// name the error first. This reads both in one pass, line by line.
class TraceReader {
 public:
  void line(std::string_view line) {
    if (line.empty() && trace_.frames.empty() && !open_) return;
    if (ipython_ && ipython_line(line)) return;
    if (python_ && python_line(line)) return;
    if (const size_t at = line.find("Traceback (most recent call last)"); at != line.npos) {
      finish();
      trace_.language = "python";
      python_ = true;
      begin_ipython(trim(line.substr(0, at)));
      return;
    }
    if (python_chain(line)) return;
    if (place(line)) return;
    if (auto error = read_error(line)) return begin(std::move(*error), line);
    if (auto frame = read_frame(line)) return add(std::move(*frame));
    if (rust_message(line)) return;
    if (auto function = read_function_line(line)) {
      function_ = std::move(*function);
      gap_ = 0;
      return;
    }
    if (trace_.frames.empty() || ++gap_ <= kGapLines) return;
    finish();
  }

  std::vector<Trace> take() {
    finish();
    return std::move(done_);
  }

 private:
  // Inside a Python traceback: frames, their source lines, then the error at the outer indent.
  bool python_line(std::string_view line) {
    if (auto frame = read_frame(line); frame && frame->language == "python") {
      keep(std::move(frame->frame));
      return true;
    }
    const std::string_view text = trim(line);
    // Source lines, "~~~^^^" marks and "[Previous line repeated …]" are indented.
    if (!text.empty() && !line.empty() && (line.front() == ' ' || line.front() == '\t')) {
      if (trace_.frames.empty() || ++gap_ > 12) python_ = !trace_.frames.empty();
      if (auto error = read_error(line); !error || line.starts_with("    ")) return true;
    }
    if (text.empty() || trace_.frames.empty()) {
      if (++gap_ > kGapLines) end_python();
      return true;
    }
    const size_t colon = text.find(": ");
    const std::string_view name = text.substr(0, colon);
    if (name.find(' ') == name.npos) {
      trace_.exception = name.ends_with(':') ? name.substr(0, name.size() - 1) : name;
      if (colon != text.npos) trace_.message = text.substr(colon + 2, kLongestMessage);
    }
    end_python();
    return true;
  }

  // IPython names the error on the line that opens the trace.
  void begin_ipython(std::string_view name) {
    const auto error = read_error(name);
    if (!error || error->exception != name) return;
    trace_.exception = name;
    ipython_ = true;
  }

  // Headers, code with one arrow, then "Name: message" at the outer indent.
  bool ipython_line(std::string_view line) {
    if (auto header = read_ipython_header(line)) {
      gap_ = 0;
      if (header->line > 0) keep(*header);
      header_ = std::move(header);
      return true;
    }
    if (const std::uint32_t number = read_ipython_arrow(line); number > 0) {
      if (header_ && header_->line == 0) {
        header_->line = number;
        keep(*header_);
      }
      return true;
    }
    if (line.starts_with(trace_.exception) && !trace_.frames.empty()) {
      const size_t colon = line.find(": ");
      if (colon != line.npos) trace_.message = line.substr(colon + 2, kLongestMessage);
      end_python();
      return true;
    }
    if (++gap_ > kIpythonGap) end_python();
    return true;
  }

  void end_python() {
    python_ = ipython_ = false;
    header_.reset();
    std::ranges::reverse(trace_.frames);
    if (chained_ && !done_.empty() && links_++ < kDeepest) {
      // The trace before was the cause of this one.
      Trace cause = std::move(done_.back());
      done_.pop_back();
      trace_.cause.push_back(std::move(cause));
    }
    chained_ = false;
    finish();
  }

  bool python_chain(std::string_view line) {
    if (line.find("During handling of the above exception") == line.npos &&
        line.find("The above exception was the direct cause") == line.npos)
      return false;
    finish();
    chained_ = true;
    return true;
  }

  void begin(ErrorLine error, std::string_view line) {
    const bool cause = error.caused_by && (!trace_.frames.empty() || !chain_.empty());
    if (cause) {
      if (chain_.size() < kDeepest) chain_.push_back(std::move(trace_));
      trace_ = {};
    } else {
      finish();
    }
    trace_.language = error.language;
    trace_.exception = std::move(error.exception);
    trace_.message = std::move(error.message).substr(0, kLongestMessage);
    open_ = true;
    gap_ = 0;
    if (error.language == "rust") rust_panic(line);
    if (error.language == "ruby") {
      if (auto frame = read_frame(line)) keep(std::move(frame->frame));
    }
    if (error.language == "php") php_place(line);
    if (auto frame = read_runtime_error_place(line)) keep(std::move(*frame));
  }

  void rust_panic(std::string_view line) {
    // The place ends the line in both styles: "…, src/main.rs:5:10" and "… at src/main.rs:5:10:".
    line = trim(line);
    if (line.ends_with(':')) line.remove_suffix(1);
    wants_message_ = trace_.message.empty();
    const size_t space = line.rfind(' ');
    if (auto frame = read_place_line("  at " + std::string(line.substr(space + 1))))
      keep(std::move(*frame));
  }

  void php_place(std::string_view line) {
    const size_t in = line.rfind(" in ");
    const size_t colon = line.rfind(':');
    if (in == line.npos || colon == line.npos || colon < in) return;
    const std::string digits(line.substr(colon + 1, 9));
    if (digits.empty() || !std::ranges::all_of(digits, [](char c) { return c >= '0' && c <= '9'; }))
      return;
    keep({std::string(line.substr(in + 4, colon - in - 4)),
          static_cast<std::uint32_t>(std::stoul(digits)), "", true});
  }

  bool rust_message(std::string_view line) {
    if (!wants_message_) return false;
    wants_message_ = false;
    trace_.message = trim(line).substr(0, kLongestMessage);
    return true;
  }

  bool place(std::string_view line) {
    if (function_.empty()) return false;
    auto frame = read_place_line(line);
    if (!frame) {
      function_.clear();
      return false;
    }
    frame->function = std::move(function_);
    function_.clear();
    if (trace_.language.empty()) trace_.language = frame->path.ends_with(".go") ? "go" : "rust";
    keep(std::move(*frame));
    return true;
  }

  void add(FrameLine found) {
    if (trace_.language.empty()) trace_.language = found.language;
    keep(std::move(found.frame));
  }

  void keep(Frame frame) {
    gap_ = 0;
    if (trace_.frames.size() >= kMostFrames) return;
    frame.in_app = frame.in_app && !is_library(frame);
    trace_.frames.push_back(std::move(frame));
  }

  void finish() {
    if (python_) {
      python_ = ipython_ = false;
      header_.reset();
      std::ranges::reverse(trace_.frames);
    }
    // "Caused by" comes after what it caused: close the chain from its end.
    while (!chain_.empty()) {
      Trace outer = std::move(chain_.back());
      chain_.pop_back();
      if (!trace_.exception.empty()) outer.cause.push_back(std::move(trace_));
      trace_ = std::move(outer);
    }
    // An error's name alone, or one line that looks like a frame, is no trace.
    const bool is_trace = !trace_.frames.empty() && (open_ || trace_.frames.size() > 1 ||
                                                     trace_.language == "python");
    if (is_trace && done_.size() < kMostTraces) done_.push_back(std::move(trace_));
    trace_ = {};
    open_ = false;
    wants_message_ = false;
    function_.clear();
    gap_ = 0;
  }

  std::vector<Trace> done_;
  std::vector<Trace> chain_;  // outer traces whose cause is being read
  Trace trace_;
  std::string function_;      // waiting for its place on the next line
  std::optional<Frame> header_;  // IPython's last, whose line comes below it
  bool python_ = false, ipython_ = false, chained_ = false, open_ = false, wants_message_ = false;
  size_t links_ = 0;
  int gap_ = 0;
};

}  // namespace

std::vector<Trace> parse_traces(std::string_view text) {
  TraceReader reader;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size());
    std::string_view line = text.substr(begin, std::min(end - begin, kLongestLine));
    if (line.ends_with('\r')) line.remove_suffix(1);
    reader.line(line);
    begin = end + 1;
  }
  return reader.take();
}

namespace {

Json trace_json(const Trace& trace) {
  Json::Array frames;
  for (const Frame& frame : trace.frames) frames.push_back(codec::write(frame));
  Json json = Json::object();
  json.set("language", trace.language).set("exception", trace.exception);
  json.set("message", trace.message).set("frames", std::move(frames));
  json.set("cause", trace.cause.empty() ? Json() : trace_json(trace.cause.front()));
  return json;
}

}  // namespace

Json to_json(const std::vector<Trace>& traces) {
  Json::Array items;
  for (const Trace& trace : traces) items.push_back(trace_json(trace));
  return Json::object().set("traces", std::move(items));
}

}  // namespace triage::retrieval
