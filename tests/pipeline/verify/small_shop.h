// A little Python shop with a fault (no VAT for Austria), its fix, and a test that shows it.
#pragma once

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "pipeline/verify/proof.h"
#include "tests/fakes/git_repository.h"

namespace triage::verify {

inline constexpr const char* kCart =
    "def total(prices, discount=0):\n"
    "    return sum(round(p - discount / len(prices)) for p in prices)\n\n\n"
    "def vat(country):\n    return {'DE': 19, 'FR': 20}[country]\n";
inline constexpr const char* kCartTest =
    "import unittest\nfrom shop.cart import total, vat\n\n\n"
    "class CartTest(unittest.TestCase):\n"
    "    def test_total(self):\n        self.assertEqual(total([1, 2]), 3)\n\n"
    "    def test_vat(self):\n        self.assertEqual(vat('DE'), 19)\n";
inline constexpr const char* kNewTest =
    "import unittest\nfrom shop.cart import vat\n\n\nclass VatTest(unittest.TestCase):\n"
    "    def test_austria(self):\n        self.assertEqual(vat('AT'), 20)\n";

struct Shop {
  fakes::GitRepository git;
  std::string commit = git.commit("shop", {{"shop/__init__.py", "# shop\n"},
                                           {"shop/cart.py", kCart},
                                           {"tests/__init__.py", "# tests\n"},
                                           {"tests/test_cart.py", kCartTest}});
  Result<retrieval::Repository> repository = retrieval::Repository::open(git.path());
  config::ProjectSettings project;
  Sandbox sandbox{config::SandboxSettings{}};

  Shop() {
    REQUIRE(repository.ok());
    project.test_command = "python3 -m unittest discover -v -s tests -t .";
    project.proof_runs = 2;
  }
  ProofTask task() const { return {*repository, commit, project, sandbox, {}, {}}; }
  Verification verify(const std::vector<Edit>& edits, const std::vector<Edit>& tests = {}) const {
    auto found = verify_patch(task(), edits, tests);
    REQUIRE_MESSAGE(found.ok(), (found.ok() ? "" : found.error().message));
    return *found;
  }
};

inline Edit fix() { return {"shop/cart.py", {{"'FR': 20}", "'FR': 20, 'AT': 20}", 0}}, {}, false}; }
inline Edit new_test(const char* code = kNewTest) { return {"tests/test_vat.py", {}, code, false}; }

}  // namespace triage::verify
