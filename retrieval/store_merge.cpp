// Which segments are merged, and how the result takes their place.
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <tuple>

#include "retrieval/store_internal.h"

namespace triage::retrieval {

namespace {

constexpr size_t kMostSegments = 8;
constexpr size_t kFewSegments = 4;
constexpr std::uint64_t kLargestMerged = 160U << 20U;  // bounds the memory that a merge takes
constexpr double kMostlySuperseded = 0.5;
constexpr std::uint64_t kTier = 4;  // a segment so many times larger than the others is let be

// Whether a blob that no grammar has looked at has a row of one that did.
bool is_superseded(const BlobRow& row, const Segments& segments) {
  return row.level == static_cast<std::uint32_t>(Level::generic) &&
         std::ranges::any_of(segments, [&](const auto& segment) {
           return segment->find(row.key, Level::refined) != Segment::kNone;
         });
}

// Segments that are worth writing again for what falls away.
Segments mostly_superseded(const Segments& segments) {
  Segments out;
  for (const auto& segment : segments) {
    std::uint32_t superseded = 0;
    for (std::uint32_t blob = 0; blob < segment->blobs(); ++blob)
      superseded += is_superseded(segment->blob(blob), segments) ? 1 : 0;
    if (superseded > kMostlySuperseded * segment->blobs()) out.push_back(segment);
  }
  return out;
}

// The blobs of the inputs: a view's first, in its order, then the others. Each once, and no blob
// without a grammar's look where there is one with it.
std::vector<BlobPlace> rows_to_keep(const Segments& inputs, const Segments& segments,
                                    const std::vector<BlobPlace>& view) {
  std::vector<BlobPlace> rows;
  std::vector<std::vector<bool>> taken;
  for (const auto& input : inputs) taken.emplace_back(input->blobs(), false);
  std::set<std::tuple<BlobId, std::uint32_t, std::uint32_t>> seen;
  const auto take = [&](std::uint32_t input, std::uint32_t blob) {
    if (blob >= taken[input].size() || taken[input][blob]) return;
    taken[input][blob] = true;
    const BlobRow& row = inputs[input]->blob(blob);
    if (!is_superseded(row, segments) && seen.emplace(row.key.id, row.key.language, row.level).second)
      rows.push_back({input, blob});
  };
  for (const BlobPlace& place : view) {
    const auto input = std::ranges::find(inputs, segments[place.segment]);
    if (input != inputs.end()) take(static_cast<std::uint32_t>(input - inputs.begin()), place.blob);
  }
  for (std::uint32_t i = 0; i < inputs.size(); ++i) {
    for (std::uint32_t blob = 0; blob < inputs[i]->blobs(); ++blob) take(i, blob);
  }
  return rows;
}

}  // namespace

// The smallest ones, until few are left; a much larger one only joins where there still are too many.
Segments ParsedStore::choose_for_merge(const Segments& segments) {
  Segments sorted = segments, chosen;
  std::ranges::stable_sort(sorted, {}, [](const auto& segment) { return segment->bytes(); });
  std::uint64_t sum = 0;
  for (const auto& segment : sorted) {
    const size_t left = segments.size() - chosen.size() + (chosen.empty() ? 0 : 1);
    const bool much_larger = !chosen.empty() && segment->bytes() > kTier * sum;
    if (left <= kFewSegments || (much_larger && left <= kMostSegments)) break;
    if (sum + segment->bytes() > kLargestMerged) break;
    sum += segment->bytes();
    chosen.push_back(segment);
  }
  return chosen.size() > 1 ? chosen : Segments{};
}

void ParsedStore::mark_used(const Segments& used) {
  const std::lock_guard lock(mutex_);
  if (!writable_) return;
  struct Unused {
    std::int64_t since;
    std::string name;
    std::uint64_t bytes;
  };
  std::vector<Unused> unused;
  std::uint64_t sum = 0;
  for (const Live& live : live_) {
    if (live.name.empty()) continue;
    const std::string path = directory_ + "/" + live.name;
    struct stat status {};
    sum += live.segment->bytes();
    // A file's time is when a view last used it.
    if (std::ranges::find(used, live.segment) != used.end())
      ::utimensat(AT_FDCWD, path.c_str(), nullptr, AT_SYMLINK_NOFOLLOW);
    else if (::stat(path.c_str(), &status) == 0)
      unused.push_back({status.st_mtime, live.name, live.segment->bytes()});
  }
  std::ranges::sort(unused, {}, [](const Unused& one) { return std::tie(one.since, one.name); });
  std::vector<std::string> gone;
  for (const Unused& one : unused) {
    if (sum <= largest_bytes) break;
    sum -= one.bytes;
    gone.push_back(one.name);
  }
  if (gone.empty()) return;
  if (auto done = publish("", gone); !done.ok()) return warn(done.error().message);
  refresh();
}

bool ParsedStore::wants_merge() { return segments().size() > kMostSegments; }

void ParsedStore::merge(const Segments& segments, const std::vector<BlobPlace>& rows) {
  const std::unique_lock one(merging_, std::try_to_lock);
  if (!one.owns_lock()) return;
  Segments chosen = mostly_superseded(segments), others;
  for (const auto& segment : segments) {
    if (std::ranges::find(chosen, segment) == chosen.end()) others.push_back(segment);
  }
  if (others.size() + (chosen.empty() ? 0 : 1) > kMostSegments)
    std::ranges::copy(choose_for_merge(others), std::back_inserter(chosen));
  if (chosen.empty()) return;
  std::string image =
      merge_segments(chosen, rows_to_keep(chosen, segments, rows), parser_version());
  for (const auto& segment : chosen) segment->drop_pages();
  replace(chosen, std::move(image));
}

// The merged segment takes the place of its inputs in one step of the manifest.
void ParsedStore::replace(const Segments& inputs, std::string image) {
  const std::string name = fresh_name() + std::string(kSegmentSuffix);
  std::vector<std::string> gone;
  const auto is_input = [&](const Live& live) {
    return std::ranges::find(inputs, live.segment) != inputs.end();
  };
  const std::lock_guard lock(mutex_);
  for (const Live& live : live_) {
    if (is_input(live) && !live.name.empty()) gone.push_back(live.name);
  }
  if (writable_) {
    step("write");
    const auto held = write_index_file(directory_, name, image);
    step("written");
    const auto done = held.ok() ? publish(name, gone) : Result<void>(held.error());
    // A failed merge changes nothing: the inputs are still there.
    if (!done.ok()) return warn("segments could not be merged: " + done.error().message);
    std::erase_if(live_, is_input);
    return refresh();
  }
  auto merged = Segment::from_memory(std::move(image), parser_version());
  if (!merged.ok()) return;
  std::erase_if(live_, is_input);
  live_.push_back({"", std::move(*merged)});
}

}  // namespace triage::retrieval
