#include "pipeline/propose/models/embeddings.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <map>

#include "pipeline/base/digest.h"
#include "pipeline/base/json.h"

namespace triage::propose {
namespace {

using retrieval::Vector;
constexpr size_t kMostVectors = 4'096;          // numbers in one vector
constexpr std::uintmax_t kLargestCache = 64U << 20U;
constexpr size_t kDigest = 32;

// Records of a digest, a count and that many floats, one behind the other; read as far as it is whole.
std::map<std::string, Vector> read_cache(const std::string& path) {
  std::map<std::string, Vector> known;
  std::ifstream in(path, std::ios::binary);
  std::string digest(kDigest, '\0');
  std::uint32_t count = 0;
  while (in.read(digest.data(), kDigest) && in.read(reinterpret_cast<char*>(&count), sizeof count) &&
         count > 0 && count <= kMostVectors) {
    Vector vector(count);
    const auto bytes = static_cast<std::streamsize>(count * sizeof(float));
    if (!in.read(reinterpret_cast<char*>(vector.data()), bytes)) break;
    known.insert_or_assign(digest, std::move(vector));
  }
  return known;
}

// One write for each call, so that what others append lies between whole groups of records. A cache
// that can't be written is no cache; nothing depends on it.
void add_to_cache(const std::string& path, const std::map<std::string, Vector>& fresh) {
  if (path.empty() || fresh.empty()) return;
  std::error_code ignored;
  std::filesystem::create_directories(std::filesystem::path(path).parent_path(), ignored);
  const bool full = std::filesystem::file_size(path, ignored) > kLargestCache && !ignored;
  std::string bytes;
  for (const auto& [digest, vector] : fresh) {
    const auto count = static_cast<std::uint32_t>(vector.size());
    bytes += digest;
    bytes.append(reinterpret_cast<const char*>(&count), sizeof count);
    bytes.append(reinterpret_cast<const char*>(vector.data()), vector.size() * sizeof(float));
  }
  std::ofstream out(path, std::ios::binary | (full ? std::ios::trunc : std::ios::app));
  out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
}

// {"data":[{"index":0,"embedding":[…]}]}, in any order.
Result<std::vector<Vector>> vectors_of(const Json& answer, size_t count) {
  const auto nonsense = [](const char* what) {
    return Error{ErrorKind::invalid_input, std::string("the embedding endpoint answered ") + what};
  };
  std::vector<Vector> out(count);
  for (const Json& item : answer["data"].items()) {
    const std::int64_t index = item["index"].as_integer(-1);
    if (index < 0 || static_cast<size_t>(index) >= count) return nonsense("an index that was not asked for");
    Vector vector;
    for (const Json& number : item["embedding"].items()) {
      const double value = number.as_double(NAN);
      if (!std::isfinite(value)) return nonsense("a vector that is none");
      vector.push_back(static_cast<float>(value));
    }
    if (vector.size() > kMostVectors) return nonsense("vectors that are too long");
    out[static_cast<size_t>(index)] = std::move(vector);
  }
  for (const Vector& vector : out) {
    if (vector.empty() || vector.size() != out.front().size()) return nonsense("vectors of unequal length");
  }
  return out;
}

}  // namespace

EndpointEmbedder::EndpointEmbedder(const config::ModelSettings& endpoint, Gateway& gateway,
                                   std::string cache, Deadline deadline, std::stop_token stop)
    : endpoint_(endpoint),
      gateway_(gateway),
      cache_(std::move(cache)),
      deadline_(deadline),
      stop_(std::move(stop)) {}

Result<std::vector<Vector>> EndpointEmbedder::ask(const std::vector<std::string>& texts) {
  Json input = Json::array();
  for (const std::string& text : texts) input.push(text);
  HttpRequest request;
  request.method = "POST";
  request.url = endpoint_.base_url + (endpoint_.base_url.ends_with('/') ? "" : "/") + "embeddings";
  request.headers.set("Content-Type", "application/json");
  request.body = Json::object().set("model", endpoint_.name).set("input", std::move(input)).dump();
  const GatewayAnswer sent = TRY(gateway_.send(endpoint_, std::move(request), 0, deadline_, stop_));
  const auto read = [&]() -> Result<std::pair<std::vector<Vector>, ModelAnswer>> {
    if (sent.response.status != 200)
      return Error{ErrorKind::invalid_input,
                   "the embedding endpoint answered " + std::to_string(sent.response.status)};
    const Json json = TRY_CTX(parse_json(sent.response.body), "the embedding endpoint's answer");
    ModelAnswer answer;
    answer.model = json["model"].as_string();
    const std::int64_t tokens = json["usage"]["prompt_tokens"].as_integer();
    answer.usage.input = static_cast<std::uint64_t>(std::max<std::int64_t>(0, tokens));
    return std::pair(TRY(vectors_of(json, texts.size())), std::move(answer));
  }();
  gateway_.settle(sent.exchange,
                  read ? Result<ModelAnswer>(read->second) : Result<ModelAnswer>(read.error()));
  if (!read) return read.error();
  return read->first;
}

Result<std::vector<Vector>> EndpointEmbedder::embed(const std::vector<std::string>& texts) {
  std::map<std::string, Vector> known = cache_.empty() ? std::map<std::string, Vector>{} : read_cache(cache_);
  std::vector<std::string> keys, unknown;
  for (const std::string& text : texts) {
    keys.push_back(sha256(endpoint_.name + '\n' + text));
    if (!known.contains(keys.back())) unknown.push_back(text);
  }
  std::map<std::string, Vector> fresh;
  if (!unknown.empty()) {
    std::vector<Vector> made = TRY(ask(unknown));
    for (size_t i = 0; i < unknown.size(); ++i)
      fresh[sha256(endpoint_.name + '\n' + unknown[i])] = std::move(made[i]);
    add_to_cache(cache_, fresh);
  }
  std::vector<Vector> out;
  for (const std::string& key : keys) {
    const auto found = known.find(key);
    out.push_back(found != known.end() ? found->second : fresh.at(key));
  }
  // Kept from a time when the endpoint gave others under the same name.
  const auto odd = [&](const Vector& vector) { return vector.size() != out.front().size(); };
  return std::ranges::any_of(out, odd) ? ask(texts) : out;
}

}  // namespace triage::propose
