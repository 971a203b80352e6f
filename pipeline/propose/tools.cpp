#include "pipeline/propose/tools.h"

#include <algorithm>
#include <array>

#include "pipeline/base/utf8.h"
#include "pipeline/propose/compose.h"
#include "pipeline/propose/lines.h"
#include "pipeline/verify/trial.h"

namespace triage::propose {
namespace {

constexpr size_t kLongestResult = 16 * 1024;  // bytes, head and tail
constexpr size_t kLongestDetail = 160;
constexpr std::uint32_t kLinesAtOnce = 400;
constexpr std::uint32_t kExcerpt = 8;  // lines of a search result that are shown
constexpr size_t kMostFound = 10;
constexpr size_t kMostReferences = 60;
constexpr size_t kMostCommits = 10;
constexpr size_t kCommitsSearched = 500;

Json text_property(std::string_view description) {
  return Json::object().set("type", "string").set("description", description);
}
Json number_property(std::string_view description) {
  return Json::object().set("type", "integer").set("description", description);
}

struct Property {
  std::string_view name;
  std::string_view help;
  bool number = false;
  bool required = false;
};

Json object_schema(std::span<const Property> properties) {
  Json fields = Json::object();
  Json required = Json::array();
  for (const Property& property : properties) {
    fields.set(property.name,
               property.number ? number_property(property.help) : text_property(property.help));
    if (property.required) required.push(property.name);
  }
  return Json::object()
      .set("type", "object")
      .set("properties", std::move(fields))
      .set("required", std::move(required))
      .set("additionalProperties", false);
}

Result<std::string> text_of(const Json& arguments, std::string_view name) {
  const std::string& text = arguments[name].as_string();
  if (text.empty()) return invalid_input("\"" + std::string(name) + "\" is missing");
  return text;
}

std::uint32_t line_of(const Json& arguments, std::string_view name, std::uint32_t fallback) {
  const std::int64_t line = arguments[name].as_integer(fallback);
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(line, 1, 10'000'000));
}

// "./shop/cart.py" and "/shop/cart.py" mean the file of the repository.
std::string path_of(std::string path) {
  while (path.starts_with("./")) path.erase(0, 2);
  while (path.starts_with('/')) path.erase(0, 1);
  return path;
}

std::string place(const std::string& path, std::uint32_t start, std::uint32_t end) {
  return path + ":" + std::to_string(start) + "-" + std::to_string(end);
}

std::string describe_commit(const retrieval::CommitInfo& commit) {
  return commit.id.substr(0, 12) + " " + to_rfc3339(commit.time).substr(0, 10) + " " +
         commit.summary;
}

std::string lines_of(const std::string& content, std::uint32_t from, std::uint32_t to) {
  const auto lines = split_lines(content);
  std::string out;
  for (std::uint32_t number = from; number <= to && number <= lines.size(); ++number)
    out += std::to_string(number) + " " + std::string(lines[number - 1]) + "\n";
  return out;
}

// What a call was about, for the receipt.
std::string detail_of(const Json& arguments) {
  for (const std::string_view name : {"path", "symbol", "query"}) {
    if (const std::string& text = arguments[name].as_string(); !text.empty()) {
      std::string line(truncate_utf8(text, kLongestDetail));
      std::ranges::replace_if(line, [](unsigned char c) { return c < ' '; }, ' ');
      return line;
    }
  }
  return "";
}

}  // namespace

struct ToolTable {
  using Function = Result<std::string> (ToolBox::*)(const Json& arguments);
  struct Row {
    std::string_view name;
    std::string_view description;
    std::span<const Property> properties;
    Function run;
    bool edits = false, tests = false;  // offered only where that is allowed
  };

  static std::span<const Row> rows() {
    static constexpr std::array kQuery{
        Property{"query", "words, an error message or code to look for", false, true}};
    static constexpr std::array kRead{
        Property{"path", "file or folder of the repository; a folder is listed", false, true},
        Property{"start", "first line, from 1", true}, Property{"end", "last line", true}};
    static constexpr std::array kSymbol{
        Property{"symbol", "name of a function, class or variable", false, true}};
    static constexpr std::array kHistory{
        Property{"path", "file of the repository", false, true},
        Property{"line", "who last changed this line, too", true}};
    static constexpr std::array kEdit{
        Property{"path", "file of the repository; a new one is made where it is missing", false, true},
        Property{"search", "lines as they are, enough of them to be found once; leave it out to write a "
                           "new file or the whole file"},
        Property{"replace", "lines as they should be; leave both out to delete the file"}};
    static constexpr std::array<Row, 7> kRows{{
        {"search_code", "Finds code by words, error messages or symbols; best places first.", kQuery,
         &ToolBox::search_code},
        {"read", "Shows a file with line numbers, your edits included, or lists a folder.", kRead,
         &ToolBox::read},
        {"definition", "Where a symbol is defined, with its code.", kSymbol, &ToolBox::definition},
        {"references", "Every line that names a symbol, your edits included.", kSymbol,
         &ToolBox::references},
        {"history", "The last commits that touched a file.", kHistory, &ToolBox::history},
        {"edit", "Changes a file in your working copy.", kEdit, &ToolBox::edit, true},
        {"run_tests", "Runs the project's tests on your working copy; tells what failed and why.",
         {}, &ToolBox::run_tests, true, true},
    }};
    return kRows;
  }
};

ToolBox::ToolBox(ToolWorld world, WorkingTree base, WorkingTree tree)
    : world_(world), base_(std::move(base)), tree_(std::move(tree)) {}

bool ToolBox::can_run_tests() const { return !world_.proof.project.test_command.empty(); }

std::vector<ToolSpec> ToolBox::specs() const {
  std::vector<ToolSpec> out;
  for (const ToolTable::Row& row : ToolTable::rows()) {
    if ((row.edits && !world_.may_edit) || (row.tests && !can_run_tests())) continue;
    out.push_back({std::string(row.name), std::string(row.description),
                   object_schema(row.properties)});
  }
  return out;
}

SafeText ToolBox::call(const ToolCall& call) {
  exit_.reset();
  AgentEvent event{"loop", call.name, "", {}};
  Result<std::string> answer = invalid_input("");
  const auto row = std::ranges::find(ToolTable::rows(), call.name, &ToolTable::Row::name);
  const bool offered = row != ToolTable::rows().end() && (world_.may_edit || !row->edits) &&
                       (can_run_tests() || !row->tests);
  if (!offered) {
    event.what = "refused";
    event.detail = world_.redactor.seal_code(truncate_utf8(call.name, kLongestDetail)).str();
    answer = Error{ErrorKind::denied, "there is no such tool"};
  } else if (const auto arguments = parse_json(call.arguments.empty() ? "{}" : call.arguments);
             !arguments || !arguments->is_object()) {
    answer = invalid_input("the arguments are no JSON object");
  } else {
    event.detail = world_.redactor.seal_code(detail_of(*arguments)).str();
    answer = (this->*row->run)(*arguments);
  }
  event.exit = exit_;
  if (!answer && offered) event.what += " (failed)";
  events_.push_back(std::move(event));
  const std::string text = answer ? *answer : "error: " + answer.error().message;
  return world_.redactor.seal_code(head_and_tail(text, kLongestResult));
}

Result<void> ToolBox::apply(const std::vector<Edit>& edits) {
  Result<void> first;
  for (const WorkingTree* start : {&tree_, &base_}) {
    WorkingTree changed = *start;
    Result<void> applied;
    for (const Edit& edit : edits) {
      if (!applied) break;
      applied = changed.apply(edit);
      if (!applied) applied = applied.error().with_context(edit.path);
    }
    if (applied) {
      tree_ = std::move(changed);
      return {};
    }
    if (first) first = std::move(applied);
  }
  return first;
}

std::vector<AgentEvent> ToolBox::take_events() { return std::exchange(events_, {}); }

Result<std::string> ToolBox::search_code(const Json& arguments) {
  const std::string query = TRY(text_of(arguments, "query"));
  const retrieval::SearchAnswer found =
      world_.code.index->search(truncate_utf8(query, 4096), kMostFound);
  std::string out;
  for (const retrieval::ChunkHit& hit : found.chunks) {
    const retrieval::Chunk& chunk = hit.chunk;
    out += place(chunk.path, chunk.start, chunk.end) +
           (chunk.symbol.empty() ? "" : " " + chunk.kind + " " + chunk.symbol) + "\n";
    if (const auto content = tree_.read(chunk.path))
      out += lines_of(*content, chunk.start, std::min(chunk.end, chunk.start + kExcerpt - 1));
  }
  return out.empty() ? std::string("nothing was found; try other words") : out;
}

Result<std::string> ToolBox::read(const Json& arguments) {
  const std::string path = path_of(arguments["path"].as_string());
  const auto content = path.empty() ? Result<std::string>(Error{ErrorKind::not_found, ""})
                                    : tree_.read(path);
  if (!content) {
    const std::vector<std::string> entries = tree_.list(path);
    if (entries.empty()) return Error{ErrorKind::not_found, "there is no file or folder " + path};
    std::string out;
    for (const std::string& entry : entries) out += entry + "\n";
    return out;
  }
  const std::uint32_t start = line_of(arguments, "start", 1);
  const std::uint32_t last = start + kLinesAtOnce - 1;
  const std::uint32_t end = std::min(line_of(arguments, "end", last), last);
  const auto total = static_cast<std::uint32_t>(split_lines(*content).size());
  if (start > std::max(total, 1U))
    return invalid_input(path + " has " + std::to_string(total) + " lines");
  std::string out = lines_of(*content, start, end);
  if (end < total)
    out += "[lines " + std::to_string(end + 1) + " to " + std::to_string(total) + " are not shown]\n";
  return out;
}

Result<std::string> ToolBox::definition(const Json& arguments) {
  const std::string symbol = TRY(text_of(arguments, "symbol"));
  std::vector<retrieval::Chunk> chunks = world_.code.index->definitions(symbol);
  if (chunks.empty())
    return Error{ErrorKind::not_found, "no definition of that name; references may know it"};
  if (chunks.size() > kMostFound) chunks.resize(kMostFound);
  std::string out;
  for (const retrieval::Chunk& chunk : chunks) {
    out += place(chunk.path, chunk.start, chunk.end) + " " + chunk.kind + " " + chunk.symbol + "\n";
    if (const auto content = tree_.read(chunk.path))
      out += lines_of(*content, chunk.start, std::min(chunk.end, chunk.start + kLinesAtOnce - 1));
  }
  return out;
}

Result<std::string> ToolBox::references(const Json& arguments) {
  const std::string symbol = TRY(text_of(arguments, "symbol"));
  const std::vector<TextMatch> found = tree_.find_word(symbol, kMostReferences);
  std::string out;
  for (const TextMatch& match : found)
    out += match.path + ":" + std::to_string(match.line) + " " + match.text + "\n";
  if (found.size() == kMostReferences) out += "[there are more]\n";
  return out.empty() ? std::string("no line names it") : out;
}

Result<std::string> ToolBox::history(const Json& arguments) {
  const std::string path = path_of(TRY(text_of(arguments, "path")));
  std::string out;
  if (const std::uint32_t line = line_of(arguments, "line", 1); arguments.contains("line")) {
    const auto blame = world_.code.repository->blame(world_.code.commit, path, line, line);
    if (blame && !blame->empty())
      out += "line " + std::to_string(line) + ": " + describe_commit(blame->front().commit) + "\n";
  }
  size_t found = 0;
  for (const retrieval::CommitInfo& commit :
       TRY(world_.code.repository->history(world_.code.commit, kCommitsSearched))) {
    if (std::ranges::find(commit.paths, path) == commit.paths.end()) continue;
    out += describe_commit(commit) + "\n";
    if (++found == kMostCommits) break;
  }
  return out.empty() ? std::string("no commit of the last ") + std::to_string(kCommitsSearched) +
                           " touched it"
                     : out;
}

Result<std::string> ToolBox::edit(const Json& arguments) {
  Edit change;
  change.path = path_of(TRY(text_of(arguments, "path")));
  const bool searches = !arguments["search"].as_string().empty();
  if (searches) {
    change.hunks.push_back({arguments["search"].as_string(), arguments["replace"].as_string()});
  } else if (arguments["replace"].is_string()) {
    change.content = arguments["replace"].as_string();
  } else {
    change.remove = true;
  }
  std::vector<Edit> edits{std::move(change)};
  restore_code_values(edits, world_.redactor.vault());
  TRY(tree_.apply(edits.front()));
  if (edits.front().remove) return "removed " + edits.front().path;
  return (searches ? "changed " : "wrote ") + edits.front().path;
}

Result<std::string> ToolBox::run_tests(const Json& /*arguments*/) {
  const verify::Trial trial = TRY(verify::try_edits(world_.proof, tree_.edits()));
  exit_ = trial.exit;
  if (!trial.built) return "the build failed\n" + trial.log;
  const std::vector<std::string> failed = trial.report.failed();
  std::string out = "exit " + std::to_string(trial.exit) + ", " +
                    std::to_string(trial.report.passed) + " passed, " +
                    std::to_string(failed.size()) + " failed\n";
  for (const std::string& name : failed) out += "failed: " + name + "\n";
  return out + trial.log;
}

}  // namespace triage::propose
