// The tables of the store, as migrations: each step takes the file from one version to the next.
//
// A step is never edited once released; a change is a new step at the end. Runs in one transaction,
// so that a crash leaves the old version. Throws SQLite::Exception as the library does.
#pragma once

#include <span>

#include "pipeline/base/result.h"

namespace SQLite {
class Database;
}

namespace triage::daemon {

std::span<const char* const> schema_migrations();

// Errors: corrupt when a newer triaged made the file.
Status migrate(SQLite::Database& db);

}  // namespace triage::daemon
