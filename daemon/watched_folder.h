// A folder in which *.json and *.txt files are tickets.
//
// A file is taken once its size and time have not changed between two looks (nobody is still
// writing it), read without following links, handed over, and then moved to done/ or, with a
// .reason file beside it, to rejected/. A crash between the two hands it over again under the same
// delivery id, which the store recognises. Other names are left alone.
// One thread of its own. Errors of start(): not_found or denied, with the directory.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "daemon/service.h"
#include "pipeline/base/ticket.h"

namespace triage::daemon {

struct WatchedFile {
  std::string name;
  std::string bytes;
  std::string delivery_id;  // of name, time and content
  std::string url;          // set it as the ticket's url: write_note() finds the place by it
};

class WatchedFolder final : public Service {
 public:
  // Called on the folder's thread. An error of kind invalid_input rejects the file for that reason;
  // any other leaves it for the next look.
  using OnFile = std::function<Status(WatchedFile file)>;

  WatchedFolder(std::string directory, OnFile on_file, Milliseconds interval = Milliseconds(1000));
  ~WatchedFolder() override;

  Status start() override;
  void stop() override;
  // One look at the folder, on the caller's thread. For tests; not while started.
  Status look();

  // Writes done/<name>.note.md for a ticket that came from this folder; nothing for others.
  Status write_note(const Ticket& ticket, const std::string& body) const;

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace triage::daemon
