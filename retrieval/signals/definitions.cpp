// Names that the ticket writes and the code defines. A method counts more when the ticket names its
// class too, and a class lends something to its members.
#include <cmath>
#include <string>
#include <unordered_set>

#include "retrieval/index_internal.h"
#include "retrieval/signals_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::size_t kMostDefiners = 24;  // a name defined more often points nowhere
constexpr std::size_t kMostOfMany = 400;   // unless the class is named as well
constexpr float kOtherCase = 0.5F;

using Names = std::unordered_set<std::string>;

// Whether a part of a symbol's qualifier ("Cart" of "Cart.total") is among the names.
bool is_qualified_by(std::string_view symbol, const Names& names) {
  std::string_view rest = symbol.substr(0, symbol.size() - simple_name(symbol).size());
  while (!rest.empty()) {
    while (!rest.empty() && std::string_view(".:#").find(rest.back()) != rest.npos)
      rest.remove_suffix(1);
    const std::string_view part = simple_name(rest);
    if (!part.empty() && names.contains(std::string(part))) return true;
    rest.remove_suffix(part.size());
  }
  return false;
}

// The chunks inside a class follow it, and their names begin with its name.
void add_members(std::uint32_t chunk, float worth, Evidence& evidence) {
  const View& view = evidence.view;
  if (view.kind(chunk) == "function" || view.kind(chunk) == "method") return;
  const std::string_view outer = view.symbol(chunk);
  const View::File file = view.file(view.file_of_chunk(chunk));
  for (std::uint32_t inner = chunk + 1; inner < file.first_chunk + file.chunks; ++inner) {
    const std::string_view symbol = view.symbol(inner);
    if (symbol.size() > outer.size() && symbol.starts_with(outer) &&
        !is_identifier_part(symbol[outer.size()]))
      evidence.raise_chunk(inner, Feature::member, worth);
  }
}

void add_definers(const NameMention& mention, std::span<const View::Posting> definers,
                  const Names& names, Evidence& evidence) {
  const bool few = definers.size() <= kMostDefiners;
  const float share = 1 / std::sqrt(static_cast<float>(definers.size()));
  for (const auto& posting : definers) {
    const std::uint32_t file = evidence.view.file_of_chunk(posting.at);
    const std::string_view symbol = evidence.view.symbol(posting.at);
    if (is_qualified_by(symbol, names)) {
      evidence.add_file(file, Feature::qualified, mention.weight);
      evidence.add_chunk(posting.at, Feature::qualified, mention.weight);
    }
    if (!few) continue;
    const float value =
        mention.weight * share * (simple_name(symbol) == mention.name ? 1 : kOtherCase);
    evidence.add_file(file, Feature::definition, value);
    evidence.add_chunk(posting.at, Feature::definition, value);
    add_members(posting.at, value, evidence);
    evidence.reason(file, posting.at, 3 * static_cast<double>(value), "defines " + std::string(symbol));
  }
}

}  // namespace

void find_definitions(const TicketText& ticket, Evidence& evidence) {
  Names names;
  for (const NameMention& mention : ticket.names) names.insert(mention.name);
  View::Scratch scratch;
  for (const NameMention& mention : ticket.names) {
    const auto definers = evidence.view.definers(mention.name, scratch);
    if (!definers.empty() && definers.size() <= kMostOfMany)
      add_definers(mention, definers, names, evidence);
  }
}

}  // namespace triage::retrieval
