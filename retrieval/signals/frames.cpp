// Frames of stack traces. The innermost frame of the root cause counts most: there it broke.
#include <algorithm>
#include <utility>

#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr double kFrameDecay = 0.8;   // from a frame to its caller
constexpr double kCauseDecay = 0.6;   // from a cause to what it caused

// The file of a frame; the JVM writes only the file's name, its package is in the function's.
std::uint32_t file_of_frame(const Frame& frame, const View& view) {
  if (frame.path.find('/') == std::string::npos && frame.function.find('.') != std::string::npos) {
    std::string package = frame.function;
    for (int part = 0; part < 2; ++part)
      package.resize(std::min(package.size(), package.rfind('.')));
    std::ranges::replace(package, '.', '/');
    const std::uint32_t file = view.file_of(package + "/" + frame.path);
    if (file != View::kNone) return file;
  }
  return view.file_of(frame.path);
}

// Lines move between versions, names seldom: the function of that name nearest to the line, or what is
// at the line.
std::uint32_t chunk_of_frame(const Frame& frame, std::uint32_t file, const View& view) {
  View::Scratch scratch;
  const View::File entry = view.file(file);
  std::uint32_t best = View::kNone, distance = View::kNone;
  for (const auto& posting : view.definers(frame.function, scratch)) {
    if (posting.at < entry.first_chunk || posting.at >= entry.first_chunk + entry.chunks) continue;
    const Chunk chunk = view.chunk(posting.at);
    const std::uint32_t away = frame.line < chunk.start ? chunk.start - frame.line
                               : frame.line > chunk.end ? frame.line - chunk.end
                                                        : 0;
    if (away < distance) best = posting.at, distance = away;
  }
  if (best == View::kNone && frame.line > 0) best = view.chunk_at(file, frame.line);
  return best;
}

void add_trace(const Trace& trace, double worth, Evidence& evidence) {
  for (const Frame& frame : trace.frames) {
    const std::uint32_t file = file_of_frame(frame, evidence.view);
    if (file == View::kNone) continue;
    evidence.raise_file(file, Feature::frame, static_cast<float>(worth));
    const std::uint32_t chunk = chunk_of_frame(frame, file, evidence.view);
    if (chunk != View::kNone)
      evidence.raise_chunk(chunk, Feature::frame, static_cast<float>(worth));
    evidence.reason(file, chunk, 10 * worth,
                    "frame " + std::string(evidence.view.file(file).path) + ":" +
                        std::to_string(frame.line),
                    evidence.is_source(file));
    worth *= kFrameDecay;
  }
}

}  // namespace

void find_frames(const TicketText& ticket, Evidence& evidence) {
  for (const Trace& trace : ticket.traces) {
    std::vector<const Trace*> chain{&trace};
    while (!chain.back()->cause.empty()) chain.push_back(&chain.back()->cause.front());
    double worth = 1;
    for (auto link = chain.rbegin(); link != chain.rend(); ++link, worth *= kCauseDecay)
      add_trace(**link, worth, evidence);
  }
}

}  // namespace triage::retrieval
