// Places that the ticket writes out: paths, file names, dotted modules.
#include <algorithm>
#include <set>

#include "retrieval/index_internal.h"
#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

void find_paths(const TicketText& ticket, Evidence& evidence) {
  std::set<std::uint32_t> seen;
  for (const PathMention& mention : ticket.paths) {
    const std::uint32_t file = evidence.view.file_of(mention.path);
    if (file == View::kNone || !seen.insert(file).second) continue;
    // A bare file name says less than a path with a directory.
    const bool with_directory = mention.path.find('/') != std::string::npos;
    evidence.add_file(file, Feature::path_mention,
                      mention.included ? 0.3F : with_directory ? 1.F : 0.7F);
    const std::uint32_t chunk =
        mention.line > 0 ? evidence.view.chunk_at(file, mention.line) : View::kNone;
    if (chunk != View::kNone) evidence.add_chunk(chunk, Feature::path_mention, 1);
    std::string words = "named in the ticket: " + mention.path;
    if (mention.line > 0) words += ":" + std::to_string(mention.line);
    evidence.reason(file, chunk, mention.included ? 1 : 8, std::move(words),
                    !mention.included && evidence.is_source(file));
  }
}

void find_modules(const TicketText& ticket, Evidence& evidence) {
  std::set<std::uint32_t> seen;
  for (const std::string& dotted : ticket.dotted) {
    const std::uint32_t file = evidence.view.file_of_module(dotted);
    if (file == View::kNone || !seen.insert(file).second) continue;
    evidence.add_file(file, Feature::module, 1);
    evidence.reason(file, View::kNone, 4, "module " + dotted);
  }
}

bool lies_under(std::string_view path, std::string_view place) {
  const std::size_t at = path.find(place);
  return at != path.npos && (at == 0 || path[at - 1] == '/');
}

// What defines `name` under a path of `place`; on its own rather than in a class, where there is both.
std::vector<std::uint32_t> defined_under(std::string_view place, std::string_view name,
                                         const View& view) {
  constexpr std::size_t kMostDefiners = 200;
  View::Scratch scratch;
  std::vector<std::uint32_t> alone, inside;
  const auto definers = view.definers(name, scratch);
  if (definers.size() > kMostDefiners) return {};
  for (const auto& posting : definers) {
    const Chunk chunk = view.chunk(posting.at);
    const View::File file = view.file(view.file_of_chunk(posting.at));
    if (file.role != Role::source || simple_name(chunk.symbol) != name ||
        !lies_under(file.path, place))
      continue;
    (chunk.symbol == name ? alone : inside).push_back(posting.at);
  }
  return alone.empty() ? inside : alone;
}

// "shop.pricing.apply_discount": what defines the last name under a path of the first ones. Packages
// pass on what their modules define, so that the middle names may be missing from the path.
void find_imported(const TicketText& ticket, Evidence& evidence) {
  for (const std::string& dotted : ticket.dotted) {
    const std::string_view name = simple_name(dotted);
    if (name.size() + 1 >= dotted.size()) continue;
    std::string place = dotted.substr(0, dotted.size() - name.size() - 1);
    std::ranges::replace(place, '.', '/');
    const auto found = defined_under(place, name, evidence.view);
    for (const std::uint32_t chunk : found) {
      const float share = 1 / static_cast<float>(found.size());
      const std::uint32_t file = evidence.view.file_of_chunk(chunk);
      evidence.raise_file(file, Feature::imported, share);
      evidence.raise_chunk(chunk, Feature::imported, share);
      evidence.reason(file, chunk, 3 * static_cast<double>(share), "defines " + evidence.view.chunk(chunk).symbol);
    }
  }
}

}  // namespace

void find_mentions(const TicketText& ticket, Evidence& evidence) {
  find_paths(ticket, evidence);
  find_modules(ticket, evidence);
  find_imported(ticket, evidence);
}

}  // namespace triage::retrieval
