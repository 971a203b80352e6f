#include <array>
#include <cmath>

#include "daemon/failpoint.h"
#include "daemon/store_internal.h"
#include "pipeline/budget.h"

namespace triage::daemon {
namespace {

constexpr double kBillion = 1e9;

std::int64_t to_nano(double usd) { return std::llround(std::max(usd, 0.0) * kBillion); }

std::int64_t sum_of(SQLite::Statement row) {
  row.executeStep();
  return row.getColumn(0).getInt64();
}

std::int64_t counted_of_run(SQLite::Database& db, const std::string& run) {
  return sum_of(query(db, "SELECT coalesce(sum(amount), 0) FROM ledger WHERE run = ?", run));
}

// Of all projects where none is named.
std::int64_t counted_since(SQLite::Database& db, const std::string& day, const std::string& project) {
  return sum_of(query(db,
                      "SELECT coalesce(sum(amount), 0) FROM ledger WHERE day >= ?1 "
                      "AND (?2 = '' OR project = ?2)",
                      day, project));
}

std::string opens_in_words(const std::optional<TimePoint>& opens) {
  if (!opens) return "it does not open again for this run: raise it and retry the ticket";
  return "it opens again at " + to_rfc3339(*opens).substr(0, 16) + "Z";
}

// One limit as a reservation meets it.
struct Gate {
  std::string name;
  double limit;
  std::int64_t counted;
  std::optional<TimePoint> opens;

  Status admit(std::int64_t wanted) const {
    const std::int64_t left = std::max<std::int64_t>(to_nano(limit) - counted, 0);
    if (limit > 0 && wanted <= left) return {};
    Error error{ErrorKind::exhausted,
                "asking the model could cost up to " + dollars(to_usd(wanted)) + ", and of " + name +
                    " (" + dollars(limit) + ") " + dollars(to_usd(left)) + " is left; " +
                    opens_in_words(opens)};
    error.retry_at = opens;
    return error;
  }
};

// Those that open last come first, so that the one named is the one to wait for.
Status admit(SQLite::Database& db, const std::string& run, const std::string& project,
             const BudgetLimits& limits, std::int64_t wanted, TimePoint now) {
  const std::string own = "projects." + project + ".";
  const std::string day = day_of(now), month = month_of(now);
  TRY((Gate{"budget.per_run", limits.run, counted_of_run(db, run), std::nullopt}.admit(wanted)));
  TRY((Gate{"budget.per_month", limits.month, counted_since(db, month, ""), next_month(now)}.admit(
      wanted)));
  if (limits.project_month > 0)
    TRY((Gate{own + "budget_per_month", limits.project_month, counted_since(db, month, project),
              next_month(now)}
             .admit(wanted)));
  TRY((Gate{"budget.per_day", limits.day, counted_since(db, day, ""), next_day(now)}.admit(wanted)));
  if (limits.project_day > 0)
    TRY((Gate{own + "budget_per_day", limits.project_day, counted_since(db, day, project),
              next_day(now)}
             .admit(wanted)));
  return {};
}

Spending spending_row(SQLite::Statement& row, int first) {
  return {to_usd(row.getColumn(first).getInt64()), to_usd(row.getColumn(first + 1).getInt64()),
          to_usd(row.getColumn(first + 2).getInt64())};
}

const std::string kSpendingColumns =
    "coalesce(sum(iif(state = 'reserved', 0, amount)), 0), "
    "coalesce(sum(iif(state = 'charged', amount, 0)), 0), "
    "coalesce(sum(iif(state = 'reserved', amount, 0)), 0)";

}  // namespace

double to_usd(std::int64_t nano) { return static_cast<double>(nano) / kBillion; }
std::string day_of(TimePoint time) { return to_rfc3339(time).substr(0, 10); }
std::string month_of(TimePoint time) { return to_rfc3339(time).substr(0, 7) + "-01"; }

Spending spending_since(SQLite::Database& db, const std::string& day, const std::string& project) {
  auto row = query(db,
                   "SELECT " + kSpendingColumns +
                       " FROM ledger WHERE day >= ?1 AND (?2 = '' OR project = ?2)",
                   day, project);
  row.executeStep();
  return spending_row(row, 0);
}

TimePoint next_day(TimePoint now) {
  return std::chrono::floor<std::chrono::days>(now) + std::chrono::days(1);
}

TimePoint next_month(TimePoint now) {
  const std::chrono::year_month_day today{std::chrono::floor<std::chrono::days>(now)};
  return std::chrono::sys_days((today.year() / today.month() + std::chrono::months(1)) /
                               std::chrono::day(1));
}

BudgetLimits limits_of(const config::BudgetSettings& budget,
                       const config::ProjectSettings& project) {
  return {budget.per_run, budget.per_day, budget.per_month, project.budget_per_day,
          project.budget_per_month};
}

Result<std::int64_t> Store::reserve(const std::string& run, const std::string& project, double usd,
                                    const BudgetLimits& limits) {
  auto reserved = impl_->write<std::int64_t>([&](SQLite::Database& db) -> Result<std::int64_t> {
    const TimePoint now = impl_->clock.now();
    const std::int64_t nano = to_nano(usd);
    TRY(admit(db, run, project, limits, nano, now));
    execute(db,
            "INSERT INTO ledger(run, project, day, at, reserved, amount, state, owner) "
            "VALUES(?1, ?2, ?3, ?4, ?5, ?5, 'reserved', ?6)",
            run, project, day_of(now), now, nano, impl_->owner);
    return static_cast<std::int64_t>(db.getLastInsertRowid());
  });
  FAILPOINT("budget.reserved");
  return reserved;
}

Status Store::settle_reservation(std::int64_t id, double spent) {
  FAILPOINT("budget.spent");
  return impl_->commit([&](SQLite::Database& db) -> Status {
    execute(db, "UPDATE ledger SET state = 'settled', amount = ? WHERE seq = ? AND state <> 'settled'",
            to_nano(spent), id);
    return {};
  });
}

Status Store::charge_reservation(std::int64_t id) {
  return impl_->commit([&](SQLite::Database& db) -> Status {
    execute(db, "UPDATE ledger SET state = 'charged' WHERE seq = ? AND state = 'reserved'", id);
    return {};
  });
}

Result<Spending> Store::spending_of(const std::string& run) const {
  return impl_->read<Spending>([&](SQLite::Database& db) {
    auto row = query(db, "SELECT " + kSpendingColumns + " FROM ledger WHERE run = ?", run);
    row.executeStep();
    return spending_row(row, 0);
  });
}

Result<std::vector<LimitState>> Store::limit_states(const config::Settings& settings) const {
  return impl_->read<std::vector<LimitState>>([&](SQLite::Database& db) {
    const TimePoint now = impl_->clock.now();
    const std::string day = day_of(now), month = month_of(now);
    std::vector<LimitState> out;
    out.push_back({"budget.per_day", settings.budget.per_day, spending_since(db, day, ""),
                   next_day(now)});
    out.push_back({"budget.per_month", settings.budget.per_month, spending_since(db, month, ""),
                   next_month(now)});
    for (const auto& [name, project] : settings.projects) {
      const std::string own = "projects." + name + ".";
      if (project.budget_per_day > 0)
        out.push_back({own + "budget_per_day", project.budget_per_day,
                       spending_since(db, day, name), next_day(now)});
      if (project.budget_per_month > 0)
        out.push_back({own + "budget_per_month", project.budget_per_month,
                       spending_since(db, month, name), next_month(now)});
    }
    return out;
  });
}

Result<double> Store::spent_today(const std::string& project) const {
  return impl_->read<double>([&](SQLite::Database& db) {
    return to_usd(counted_since(db, day_of(impl_->clock.now()), project));
  });
}

Result<std::vector<RunCost>> Store::run_costs(TimePoint since, const std::string& project) const {
  return impl_->read<std::vector<RunCost>>([&](SQLite::Database& db) {
    return collect(
        query(db,
              "SELECT r.project, coalesce((SELECT json_extract(s.result, '$.kind') "
              "FROM stage_result s WHERE s.run = r.id AND s.stage = 'classify'), ''), "
              "coalesce((SELECT sum(amount) FROM ledger l WHERE l.run = r.id), 0), "
              "EXISTS (SELECT 1 FROM ledger l WHERE l.run = r.id), r.finished FROM run r "
              "WHERE r.finished >= ?1 AND r.state IN ('done', 'skipped', 'needs_person', 'failed') "
              "AND (?2 = '' OR r.project = ?2) ORDER BY r.seq",
              since, project),
        [](SQLite::Statement& row) {
          return RunCost{text_at(row, 0), text_at(row, 1), to_usd(row.getColumn(2).getInt64()),
                         row.getColumn(3).getInt() != 0, time_at(row, 4)};
        });
  });
}

}  // namespace triage::daemon
