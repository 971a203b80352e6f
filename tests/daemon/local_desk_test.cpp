#include "daemon/local_desk.h"

#include <doctest/doctest.h>
#include <unistd.h>

#include <filesystem>

#include "daemon/atomic_file.h"
#include "daemon/watched_folder.h"
#include "tests/fakes/store_fixture.h"

using namespace triage;
using namespace triage::daemon;
using namespace triage::fakes;
namespace fs = std::filesystem;

namespace {

struct FolderFixture {
  TemporaryDirectory directory;
  std::vector<WatchedFile> taken;
  Status answer;
  WatchedFolder folder{directory.path(), [this](WatchedFile file) {
                         taken.push_back(std::move(file));
                         return answer;
                       }};

  void write(const std::string& name, const std::string& bytes) {
    REQUIRE(write_file_atomically(directory / name, bytes).ok());
  }
  // A file is taken at the second look.
  void look_twice() {
    REQUIRE(folder.look().ok());
    REQUIRE(folder.look().ok());
  }
  std::vector<std::string> names(const std::string& below) const {
    std::vector<std::string> out;
    for (const auto& entry : fs::directory_iterator(directory / below))
      out.push_back(entry.path().filename().string());
    std::sort(out.begin(), out.end());
    return out;
  }
};

}  // namespace

TEST_SUITE("local desk") {
  TEST_CASE("local desk: posts a note once and tells it on each time, adds labels") {
    StoreFixture f;
    f.file("1", "a");
    int told = 0;
    LocalDesk desk(*f.store, [&](const Ticket& ticket, const std::string& body) -> Status {
      CHECK(ticket.subject.raw() == "a");
      CHECK(body == "hello");
      ++told;
      return {};
    });
    const Effect note = effect_of("n", EffectKind::post_note, "hello");
    CHECK(!desk.carry_out(note, {}, {})->adopted);
    CHECK(desk.carry_out(note, {}, {})->adopted);
    CHECK(told == 2);  // a crash may have come between the note and the telling
    Effect labels = effect_of("l", EffectKind::add_labels);
    labels.labels = {"bug"};
    CHECK(desk.carry_out(labels, {}, {}).ok());
    const auto detail = f.store->ticket({"desk", "1"});
    CHECK(detail->notes.size() == 1);
    CHECK(detail->ticket.labels == std::vector<std::string>{"bug"});
    CHECK(desk.carry_out(effect_of("b", EffectKind::push_branch), {}, {}).error().kind ==
          ErrorKind::invalid_input);
  }

  TEST_CASE("watched folder: takes a file that holds still, keeps it in done/, puts the note beside") {
    FolderFixture f;
    REQUIRE(f.folder.look().ok());
    f.write("a.txt", "Total is off\nby a cent");
    REQUIRE(f.folder.look().ok());
    CHECK(f.taken.empty());
    REQUIRE(f.folder.look().ok());
    REQUIRE(f.taken.size() == 1);
    CHECK(f.taken[0].bytes == "Total is off\nby a cent");
    REQUIRE(f.names("done").size() == 1);
    CHECK(!fs::exists(f.directory / "a.txt"));
    Ticket ticket;
    ticket.url = f.taken[0].url;
    REQUIRE(f.folder.write_note(ticket, "the note").ok());
    CHECK(f.names("done").size() == 2);
    CHECK(*read_regular_file(f.directory.path() + "/done/" + f.names("done")[1], 100) ==
          "the note\n");
  }

  TEST_CASE("watched folder: writes no note outside done/, whatever a ticket's url says") {
    FolderFixture f;
    REQUIRE(f.folder.look().ok());
    for (const std::string& url : std::vector<std::string>{"https://x/1", "file:///etc/passwd",
                                  "file://" + f.directory.path() + "/done/../../x",
                                  "file://" + f.directory.path() + "/done/"}) {
      Ticket ticket;
      ticket.url = url;
      CHECK(f.folder.write_note(ticket, "x").ok());
    }
    CHECK(f.names("done").empty());
  }

  TEST_CASE("watched folder: a file that can't be used is moved away with the reason") {
    FolderFixture f;
    f.answer = invalid_input("subject is missing");
    f.write("a.json", "{}");
    f.look_twice();
    const auto names = f.names("rejected");
    REQUIRE(names.size() == 2);
    CHECK(*read_regular_file(f.directory.path() + "/rejected/" + names[1], 100) ==
          "subject is missing\n");
  }

  TEST_CASE("watched folder: while the store refuses, the file stays, under the same delivery id") {
    FolderFixture f;
    f.answer = Error{ErrorKind::exhausted, "disk full"};
    f.write("a.txt", "words");
    f.look_twice();
    f.answer = {};
    REQUIRE(f.folder.look().ok());
    REQUIRE(f.taken.size() == 2);
    CHECK(f.taken[0].delivery_id == f.taken[1].delivery_id);
    CHECK(f.names("done").size() == 1);
  }

  TEST_CASE("watched folder: the same name with the same words on another day is another ticket") {
    FolderFixture f;
    for (int day = 0; day < 2; ++day) {
      f.write("a.txt", "words");
      f.look_twice();
    }
    REQUIRE(f.taken.size() == 2);
    CHECK(f.taken[0].delivery_id != f.taken[1].delivery_id);
    CHECK(f.names("done").size() == 2);
  }

  TEST_CASE("watched folder: links are not followed, other names are left alone") {
    FolderFixture f;
    f.write("secret", "password");
    f.write("letter.eml", "x");
    f.write(".hidden.txt", "x");
    fs::create_symlink(f.directory / "secret", f.directory / "link.txt");
    fs::create_directory(f.directory / "folder.txt");
    f.look_twice();
    CHECK(f.taken.empty());
    CHECK(fs::exists(f.directory / "letter.eml"));
    CHECK(fs::exists(f.directory / ".hidden.txt"));
    CHECK(!fs::exists(fs::symlink_status(f.directory / "link.txt")));  // rejected
    CHECK(f.names("rejected").size() == 4);
  }

  TEST_CASE("watched folder: a directory that can't be made is told at start") {
    if (::geteuid() == 0) {
      WatchedFolder folder("/proc/no-such-place", [](WatchedFile) { return Status(); });
      CHECK(!folder.start().ok());
    }
    FolderFixture f;
    REQUIRE(f.folder.start().ok());
    f.folder.stop();
    f.folder.stop();
  }
}
