// One query is: a JSON line, file rows, chunk rows. A row is gold, role, file's row, then features as
// signals left them. The JSON line holds the largest value of each feature by role, so that scaling
// is the same as in ranking although only candidates are written.
#include <algorithm>
#include <map>

#include "pipeline/base/json.h"
#include "tests/bench/localisation_internal.h"

namespace triage::bench {

using namespace retrieval;

namespace {

constexpr std::size_t kPerFeature = 40;

// The best rows by each feature among those given.
std::set<std::size_t> candidates(const Rows& rows, const std::vector<float>& roles,
                                 const std::vector<std::size_t>& among) {
  std::set<std::size_t> out;
  std::vector<std::pair<float, std::size_t>> values;
  for (std::size_t f = 0; f < kFeatures; ++f) {
    if (feature_scale(static_cast<Feature>(f)) == Scale::share) continue;
    values.clear();
    for (const std::size_t slot : among) {
      if (rows.row(slot)[f] > 0) values.emplace_back(-rows.row(slot)[f] * roles[slot], slot);
    }
    const std::size_t count = std::min(kPerFeature, values.size());
    std::ranges::partial_sort(values, values.begin() + static_cast<std::ptrdiff_t>(count));
    for (std::size_t i = 0; i < count; ++i) out.insert(values[i].second);
  }
  return out;
}

Json most_by_role(const Rows& rows, const std::vector<Role>& roles) {
  std::map<int, FeatureRow> most;
  for (std::size_t slot = 0; slot < roles.size(); ++slot) {
    FeatureRow& row = most[static_cast<int>(roles[slot])];
    for (std::size_t f = 0; f < kFeatures; ++f) row[f] = std::max(row[f], rows.row(slot)[f]);
  }
  Json out = Json::object();
  for (const auto& [role, row] : most) {
    Json values = Json::array();
    for (const float value : row) values.push(static_cast<double>(value));
    out.set(std::to_string(role), std::move(values));
  }
  return out;
}

void append(std::vector<float>& out, bool gold, Role role, float file, const FeatureRow& row) {
  out.push_back(gold ? 1 : 0);
  out.push_back(static_cast<float>(role));
  out.push_back(file);
  out.insert(out.end(), row.begin(), row.end());
}

struct Side {
  std::vector<Role> roles;
  std::vector<float> weights;
  void add(Role role) {
    roles.push_back(role);
    weights.push_back(static_cast<float>(role_weight(role)));
  }
};

}  // namespace

void write_features(std::FILE* out, const Report& report, const TicketText& ticket,
                    const Evidence& evidence) {
  const View& view = evidence.view;
  Side files, chunks;
  for (const std::uint32_t file : evidence.files.touched()) files.add(view.file(file).role);
  for (const std::uint32_t chunk : evidence.chunks.touched())
    chunks.add(view.file(view.file_of_chunk(chunk)).role);
  std::vector<float> rows;
  std::map<std::uint32_t, std::size_t> row_of;  // file → its row
  for (const std::uint32_t file : evidence.candidates) {
    const std::size_t slot = evidence.files.slot_of(file);
    row_of.emplace(file, row_of.size());
    append(rows, report.files.contains(std::string(view.file(file).path)), files.roles[slot],
           static_cast<float>(row_of.size() - 1), evidence.files.row(slot));
  }
  std::size_t chunk_rows = 0;
  if (!report.functions.empty()) {
    std::vector<std::size_t> seen;
    for (std::size_t slot = 0; slot < chunks.roles.size(); ++slot) {
      if (evidence.chunks.row(slot)[index_of(Feature::size)] > 0) seen.push_back(slot);
    }
    for (const std::size_t slot : candidates(evidence.chunks, chunks.weights, seen)) {
      const std::uint32_t number = evidence.chunks.touched()[slot];
      const auto file = row_of.find(view.file_of_chunk(number));
      if (file == row_of.end()) continue;
      const Chunk chunk = view.chunk(number);
      append(rows, report.functions.contains({chunk.path, chunk.symbol}), chunks.roles[slot],
             static_cast<float>(file->second), evidence.chunks.row(slot));
      ++chunk_rows;
    }
  }
  Json head = Json::object();
  head.set("id", report.id).set("repository", report.repository).set("language", report.language);
  head.set("style", report.style).set("code", ticket.has_code);
  head.set("gold", report.files.size()).set("functions", report.functions.size());
  head.set("files", row_of.size()).set("chunks", chunk_rows);
  Json names = Json::array();
  for (std::size_t f = 0; f < kFeatures; ++f) names.push(feature_name(static_cast<Feature>(f)));
  head.set("features", std::move(names));
  head.set("file_most", most_by_role(evidence.files, files.roles));
  head.set("chunk_most", most_by_role(evidence.chunks, chunks.roles));
  std::fprintf(out, "%s\n", head.dump().c_str());
  std::fwrite(rows.data(), sizeof(float), rows.size(), out);
}

}  // namespace triage::bench
