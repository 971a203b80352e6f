#include "retrieval/commit_file_internal.h"

#include <cstring>

#include "retrieval/segment_format_internal.h"

namespace triage::retrieval {

namespace {

constexpr std::string_view kMagic = "tricom1\n";
constexpr size_t kHeader = 24;  // magic, parser version, checksum of the rest

template <class Number>
void put(std::string& out, Number number) {
  out.append(reinterpret_cast<const char*>(&number), sizeof number);
}

void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

// Reads what put() wrote; past the end everything is empty and ok() is false.
class Reader {
 public:
  explicit Reader(std::string_view rest) : rest_(rest) {}

  template <class Number>
  Number number() {
    Number value{};
    const std::string_view raw = take(sizeof value);
    if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof value);
    return value;
  }
  std::string text() { return std::string(take(number<std::uint32_t>())); }
  // How many items of at least `size` bytes follow; none where so many can't be there.
  std::uint32_t count(size_t size) {
    const auto items = number<std::uint32_t>();
    if (items <= rest_.size() / size) return items;
    ok_ = false;
    return 0;
  }
  bool ok() const { return ok_; }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view take(size_t size) {
    if (size > rest_.size()) {
      ok_ = false;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  bool ok_ = true;
};

void put_commit(std::string& out, const CommitWords& commit) {
  put_text(out, commit.id);
  put(out, static_cast<std::uint32_t>(commit.terms.size()));
  for (const Term term : commit.terms) put(out, term);
  put(out, static_cast<std::uint32_t>(commit.paths.size()));
  for (const std::string& path : commit.paths) put_text(out, path);
}

CommitWords get_commit(Reader& reader) {
  CommitWords commit;
  commit.id = reader.text();
  commit.terms.resize(reader.count(sizeof(Term)));
  for (Term& term : commit.terms) term = reader.number<Term>();
  commit.paths.resize(reader.count(sizeof(std::uint32_t)));
  for (std::string& path : commit.paths) path = reader.text();
  return commit;
}

}  // namespace

std::string write_commits(const Commits& commits, std::uint64_t parser) {
  std::string body;
  for (const auto& commit : commits) put_commit(body, *commit);
  std::string image(kMagic);
  put(image, parser);
  put(image, checksum(body));
  return image + body;
}

Result<Commits> read_commits(std::string_view image, std::uint64_t parser) {
  if (image.size() < kHeader) return Error{ErrorKind::corrupt, "damaged commits: too short"};
  if (!image.starts_with(kMagic)) return Error{ErrorKind::conflict, "commits of another form"};
  Reader header(image.substr(kMagic.size(), kHeader - kMagic.size()));
  if (header.number<std::uint64_t>() != parser)
    return Error{ErrorKind::conflict, "commits of another version"};
  const std::string_view body = image.substr(kHeader);
  if (header.number<std::uint64_t>() != checksum(body))
    return Error{ErrorKind::corrupt, "damaged commits: the checksum differs"};
  Commits commits;
  for (Reader reader(body); !reader.done();) {
    commits.push_back(std::make_shared<const CommitWords>(get_commit(reader)));
    if (!reader.ok()) return Error{ErrorKind::corrupt, "damaged commits: a record is cut off"};
  }
  return commits;
}

}  // namespace triage::retrieval
