#include "pipeline/verify/test_weakening.h"

#include <doctest/doctest.h>

#include <array>

#include "tests/pipeline/verify/trees.h"

namespace triage::verify {
namespace {

constexpr const char* kPython =
    "import unittest\nfrom shop.cart import total\n\nEPSILON = 0.001\n\n\n"
    "class CartTest(unittest.TestCase):\n"
    "    def test_total(self):\n"
    "        cart = [1, 2]\n"
    "        self.assertEqual(total(cart), 3)\n"
    "        self.assertAlmostEqual(total([0.1, 0.2]), 0.3, places=7)\n\n"
    "    def test_empty(self):\n        self.assertEqual(\n            total([]),\n            0)\n\n"
    "    def test_errors(self):\n        with self.assertRaises(TypeError):\n            total(None)\n";
constexpr const char* kPytest =
    "import pytest\nfrom shop.cart import total\n\n\n"
    "@pytest.mark.parametrize(\"prices, sum\", [\n    ([1, 2], 3),\n    ([], 0),\n])\n"
    "def test_total(prices, sum):\n    assert total(prices) == sum\n\n\n"
    "class TestCart:\n    def test_rounds(self):\n"
    "        assert total([0.1, 0.2]) == pytest.approx(0.3, rel=1e-6)\n";
constexpr const char* kJest =
    "const { total } = require('../cart');\n\ndescribe('cart', () => {\n"
    "  it('adds up', () => {\n    expect(total([1, 2])).toBe(3);\n  });\n\n"
    "  it('rounds', () => {\n    expect(total([0.1, 0.2])).toBeCloseTo(0.3, 5);\n"
    "    expect(total([])).toEqual(0);\n  });\n});\n";
constexpr const char* kGo =
    "package shop\n\nimport \"testing\"\n\nfunc TestTotal(t *testing.T) {\n"
    "\tcases := []struct{ in []int; want int }{\n\t\t{[]int{1, 2}, 3},\n\t\t{nil, 0},\n\t}\n"
    "\tfor _, c := range cases {\n\t\tif got := Total(c.in); got != c.want {\n"
    "\t\t\tt.Errorf(\"got %d, want %d\", got, c.want)\n\t\t}\n\t}\n}\n";
constexpr const char* kRust =
    "pub fn total(p: &[u32]) -> u32 { p.iter().sum() }\n\n#[cfg(test)]\nmod tests {\n    use super::*;\n\n"
    "    #[test]\n    fn adds() {\n        assert_eq!(total(&[1, 2]), 3);\n    }\n}\n";
constexpr const char* kJava =
    "class CartTest {\n    @Test\n    void addsUp() {\n        assertEquals(3, Cart.total(1, 2));\n    }\n}\n";
constexpr const char* kCpp =
    "#include <gtest/gtest.h>\nTEST(Cart, Total) {\n  EXPECT_EQ(total({1, 2}), 3);\n"
    "  EXPECT_NEAR(total({0.1}), 0.1, 1e-9);\n}\n";
constexpr const char* kRuby =
    "describe Cart do\n  it \"adds up\" do\n    expect(Cart.total([1, 2])).to eq 3\n  end\nend\n";
constexpr const char* kCMake = "add_executable(cart_test cart_test.cpp)\nadd_test(NAME cart COMMAND cart_test)\n";

const std::map<std::string, std::string>& files() {
  static const std::map<std::string, std::string> all{
      {"tests/test_cart.py", kPython}, {"tests/test_more.py", kPytest}, {"web/cart.test.js", kJest},
      {"shop/cart_test.go", kGo}, {"src/cart.rs", kRust}, {"src/CartTest.java", kJava},
      {"cpp/cart_test.cpp", kCpp}, {"spec/cart_spec.rb", kRuby}, {"CMakeLists.txt", kCMake},
      {"pytest.ini", "[pytest]\naddopts = -q\n"}, {"package.json", "{\"scripts\": {\"test\": \"jest\"}}\n"},
      {"shop/cart.py", "def total(prices):\n    return sum(prices)\n"},
      {"shop/cart.js", "exports.total = (p) => p.reduce((a, b) => a + b, 0);\n"}};
  return all;
}

BaseTree base_tree() {
  std::map<std::string, TreeEntry> entries;
  for (const auto& [path, text] : files()) entries[path] = {text};
  return tree_of(std::move(entries));
}

// A replacement in a file of the base, or (with an empty `from`) a whole file or an end for it.
struct Row {
  const char* path;
  const char* from;
  const char* to;
  const char* finding = "";  // part of the line; empty: nothing is found
};

std::string found(const Row& row) {
  const auto known = files().find(row.path);
  std::string text = known == files().end() ? "" : known->second;
  const std::string from = row.from;
  if (from.empty()) {
    text += row.to;
  } else {
    REQUIRE_MESSAGE(text.find(from) != std::string::npos, row.path << ": " << from);
    for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + std::string(row.to).size()))
      text.replace(at, from.size(), row.to);
  }
  const auto lines = weakened_tests(base_tree(), {{row.path, text, false}});
  REQUIRE(lines.ok());
  std::string all;
  for (const std::string& line : *lines) all += line + "\n";
  return all;
}

const std::array kWeakened{
    // Removed, renamed, hidden.
    Row{"tests/test_cart.py", "    def test_empty(self):\n        self.assertEqual(\n            total([]),\n            0)\n\n", "", "no longer there"},
    Row{"tests/test_cart.py", "def test_empty", "def check_empty", "no longer there"},
    Row{"tests/test_cart.py", "def test_empty", "def _test_empty", "no longer there"},
    Row{"tests/test_cart.py", "", "\n    def test_total(self):\n        pass\n", "hidden by another"},
    Row{"tests/test_cart.py", "(unittest.TestCase)", "", "no longer one"},
    Row{"tests/test_more.py", "class TestCart:", "class Cart:", "no longer there"},
    Row{"tests/test_more.py", "class TestCart:\n", "class TestCart:\n    def __init__(self):\n        self.x = 1\n\n", "not collected"},
    Row{"tests/test_cart.py", "", "\n\nCartTest.test_total = lambda self: None\n", "from outside"},
    Row{"tests/test_cart.py", "", "\n\ndel CartTest.test_total\n", "from outside"},
    Row{"tests/test_cart.py", "", "\n\nsetattr(CartTest, 'test_total', None)\n", "from outside"},
    Row{"tests/test_new.py", "", "from tests.test_cart import CartTest\n\nCartTest.test_total = print\n", "from outside"},
    Row{"web/cart.test.js", "it('rounds'", "helper('rounds'", "no longer there"},
    Row{"src/cart.rs", "    #[test]\n", "", "no longer there"},
    Row{"src/CartTest.java", "    @Test\n", "", "no longer there"},
    Row{"shop/cart_test.go", "func TestTotal(", "func testTotal(", "no longer there"},
    Row{"cpp/cart_test.cpp", "TEST(Cart, Total)", "void cart_total()", "no longer there"},
    Row{"spec/cart_spec.rb", "it \"adds up\"", "xit \"adds up\"", "no longer there"},
    // Skipped or focused away.
    Row{"tests/test_cart.py", "    def test_total", "    @unittest.skip('later')\n    def test_total", "skips"},
    Row{"tests/test_cart.py", "    def test_total", "    @unittest.skipIf(True, '')\n    def test_total", "skips"},
    Row{"tests/test_cart.py", "    def test_total", "    @unittest.expectedFailure\n    def test_total", "skips"},
    Row{"tests/test_cart.py", "        cart = [1, 2]\n", "        self.skipTest('x')\n        cart = [1, 2]\n", "skips"},
    Row{"tests/test_cart.py", "        cart = [1, 2]\n", "        raise unittest.SkipTest\n", "skips"},
    Row{"tests/test_cart.py", "", "\n\n__test__ = False\n", "skips"},
    Row{"tests/test_more.py", "import pytest\n", "import pytest\n\npytestmark = pytest.mark.skip\n", "skips"},
    Row{"tests/test_more.py", "@pytest.mark.param", "@pytest.mark.xfail\n@pytest.mark.param", "skips"},
    Row{"tests/test_more.py", "import pytest\n", "import pytest\npytest.importorskip('nowhere')\n", "skips"},
    Row{"web/cart.test.js", "it('rounds'", "it.skip('rounds'", "skips"},
    Row{"web/cart.test.js", "it('adds up'", "it.only('adds up'", "skips"},
    Row{"web/cart.test.js", "describe('cart'", "describe.skip('cart'", "skips"},
    Row{"web/cart.test.js", "it('rounds'", "xit('rounds'", "skips"},
    Row{"web/cart.test.js", "it('rounds', () => {\n    expect(total([0.1, 0.2])).toBeCloseTo(0.3, 5);\n    expect(total([])).toEqual(0);\n  })", "it.todo('rounds')", "checks less"},
    Row{"shop/cart_test.go", "{\n\tcases", "{\n\tt.Skip(\"later\")\n\tcases", "skips"},
    Row{"src/cart.rs", "    #[test]\n", "    #[test]\n    #[ignore]\n", "skips"},
    Row{"src/cart.rs", "    #[test]\n", "    #[test]\n    #[should_panic]\n", "is to fail"},
    Row{"src/CartTest.java", "    @Test\n", "    @Test\n    @Disabled\n", "skips"},
    Row{"src/CartTest.java", "    @Test\n", "    @Ignore\n    @Test\n", "skips"},
    Row{"cpp/cart_test.cpp", "TEST(Cart, Total)", "TEST(Cart, DISABLED_Total)", "skips"},
    Row{"cpp/cart_test.cpp", "{\n", "{\n  GTEST_SKIP();\n", "skips"},
    Row{"shop/cart_test.go", "package shop\n", "//go:build never\n\npackage shop\n", "some builds"},
    // Assertions gone, changed, loosened, true by themselves.
    Row{"tests/test_cart.py", "        self.assertEqual(total(cart), 3)\n", "", "checks less"},
    Row{"tests/test_cart.py", "        self.assertEqual(total(cart), 3)\n", "        # self.assertEqual(total(cart), 3)\n", "checks less"},
    Row{"tests/test_cart.py", "        self.assertEqual(total(cart), 3)\n", "        pass\n", "checks less"},
    Row{"tests/test_cart.py", "total(cart), 3)", "total(cart), 4)", "no longer checks"},
    Row{"tests/test_cart.py", "            0)", "            1)", "no longer checks"},
    Row{"tests/test_cart.py", "places=7", "places=0", "no longer checks"},
    Row{"tests/test_cart.py", "assertEqual(total(cart), 3)", "assertTrue(total(cart))", "no longer checks"},
    Row{"tests/test_cart.py", "assertEqual(total(cart), 3)", "assertTrue(True)", "checks less"},
    Row{"tests/test_cart.py", "assertEqual(total(cart), 3)", "assertEqual(3, 3)", "checks less"},
    Row{"tests/test_cart.py", "assertRaises(TypeError)", "assertRaises(Exception)", "no longer checks"},
    Row{"tests/test_more.py", "assert total(prices) == sum", "assert True", "checks less"},
    Row{"tests/test_more.py", "assert total(prices) == sum", "assert total(prices) == sum or True", "checks less"},
    Row{"tests/test_more.py", "assert total(prices) == sum", "assert (total(prices) == sum, \"sum\")", "checks less"},
    Row{"tests/test_more.py", "rel=1e-6", "rel=1e6", "no longer checks"},
    Row{"tests/test_more.py", "    ([], 0),\n", "", "than before"},
    Row{"web/cart.test.js", "toBe(3)", "toBeDefined()", "no longer checks"},
    Row{"web/cart.test.js", "expect(total([1, 2])).toBe(3)", "expect(true).toBe(true)", "checks less"},
    Row{"web/cart.test.js", "0.3, 5", "0.3, 0", "no longer checks"},
    Row{"shop/cart_test.go", "\t\t\tt.Errorf(\"got %d, want %d\", got, c.want)\n", "\t\t\tt.Logf(\"got %d\", got)\n", "checks less"},
    Row{"shop/cart_test.go", "\t\t{nil, 0},\n", "", "lost a case"},
    Row{"src/cart.rs", "assert_eq!(total(&[1, 2]), 3)", "assert!(true)", "checks less"},
    Row{"src/CartTest.java", "assertEquals(3, Cart.total(1, 2))", "assertTrue(true)", "checks less"},
    Row{"cpp/cart_test.cpp", "1e-9", "1e9", "no longer checks"},
    Row{"cpp/cart_test.cpp", "  EXPECT_EQ(total({1, 2}), 3);\n", "  EXPECT_TRUE(true);\n", "checks less"},
    Row{"spec/cart_spec.rb", "to eq 3", "to be", "no longer checks"},
    // Left early, caught, put under a condition, switched off.
    Row{"tests/test_cart.py", "        cart = [1, 2]\n", "        return\n        cart = [1, 2]\n", "early"},
    Row{"tests/test_cart.py", "        self.assertEqual(total(cart), 3)\n", "        try:\n            self.assertEqual(total(cart), 3)\n        except AssertionError:\n            pass\n", "swallows"},
    Row{"tests/test_cart.py", "        self.assertEqual(total(cart), 3)\n", "        with contextlib.suppress(Exception):\n            self.assertEqual(total(cart), 3)\n", "swallows"},
    Row{"tests/test_cart.py", "        self.assertEqual(total(cart), 3)\n", "        if total(cart) == 3:\n            self.assertEqual(total(cart), 3)\n", "under a condition"},
    Row{"tests/test_cart.py", "        self.assertEqual(total(cart), 3)\n", "        for _ in []:\n            self.assertEqual(total(cart), 3)\n", "under a condition"},
    Row{"tests/test_cart.py", "        self.assertEqual(total(cart), 3)\n", "        if False:\n            self.assertEqual(total(cart), 3)\n", "switches code off"},
    Row{"web/cart.test.js", "    expect(total([1, 2])).toBe(3);\n", "    return;\n    expect(total([1, 2])).toBe(3);\n", "early"},
    Row{"web/cart.test.js", "    expect(total([1, 2])).toBe(3);\n", "    try {\n      expect(total([1, 2])).toBe(3);\n    } catch (e) {}\n", "swallows"},
    Row{"shop/cart_test.go", "\tfor _, c", "\treturn\n\tfor _, c", "early"},
    Row{"cpp/cart_test.cpp", "  EXPECT_EQ(total({1, 2}), 3);\n", "#if 0\n  EXPECT_EQ(total({1, 2}), 3);\n#endif\n", "switches code off"},
    // Settings that leave tests out.
    Row{"pytest.ini", "-q", "-q --deselect tests/test_cart.py::CartTest::test_total", "leave tests out"},
    Row{"pytest.ini", "-q", "-q --ignore=tests", "leave tests out"},
    Row{"pytest.ini", "", "python_files = check_*.py\n", "leave tests out"},
    Row{"conftest.py", "", "collect_ignore = ['tests/test_cart.py']\n", "leave tests out"},
    Row{"conftest.py", "", "def pytest_collection_modifyitems(items):\n    items.clear()\n", "leave tests out"},
    Row{"package.json", "\"jest\"", "\"jest --passWithNoTests\"", "leave tests out"},
    Row{"package.json", "\"jest\"", "\"jest || true\"", "leave tests out"},
    Row{"jest.config.js", "", "module.exports = { testPathIgnorePatterns: ['web'] };\n", "leave tests out"},
    Row{"CMakeLists.txt", "add_test(NAME cart COMMAND cart_test)\n", "", "no longer registers"},
    Row{"CMakeLists.txt", "", "set_tests_properties(cart PROPERTIES DISABLED TRUE)\n", "leave tests out"},
    Row{"CMakeLists.txt", "", "set_tests_properties(cart PROPERTIES WILL_FAIL TRUE)\n", "leave tests out"},
    // The runner itself, and code that knows its examiner.
    Row{"tests/test_new.py", "", "import unittest\nunittest.TestCase.assertEqual = lambda *a: None\n", "test runner"},
    Row{"tests/test_new.py", "", "import atexit, os\natexit.register(print)\n", "test runner"},
    Row{"tests/test_new.py", "", "import sys\nsys.modules['shop.cart'] = None\n", "test runner"},
    Row{"tests/test_cart.py", "", "\n\nimport os\nos._exit(0)\n", "ends the test run"},
    Row{"shop/cart.py", "return sum", "import sys\n    if 'unittest' in sys.modules: return 3\n    return sum", "being tested"},
    Row{"shop/cart.py", "return sum", "import os\n    if os.environ.get('PYTEST_CURRENT_TEST'): return 3\n    return sum", "being tested"},
    Row{"shop/cart.js", "exports", "if (process.env.NODE_ENV === 'test') {}\nexports", "being tested"},
    Row{"shop/cart.js", "exports", "if (process.env.JEST_WORKER_ID) {}\nexports", "being tested"},
    Row{"shop/cart.py", "return sum", "import inspect\n    if len(inspect.stack()) > 9: return 3\n    return sum", "being tested"},
};

const std::array kInnocent{
    Row{"tests/test_cart.py", "", "\n    def test_more(self):\n        self.assertEqual(total([3]), 3)\n"},
    Row{"tests/test_cart.py", "", "\n\nclass OtherTest(unittest.TestCase):\n    def test_total(self):\n        self.assertEqual(total([3]), 3)\n"},
    Row{"tests/test_cart.py", "        self.assertEqual(total(cart), 3)\n", "        self.assertEqual(total(cart), 3)\n        self.assertEqual(total(cart[:1]), 1)\n"},
    Row{"tests/test_cart.py", "        self.assertEqual(\n            total([]),\n            0)", "        self.assertEqual(total([]), 0)"},
    Row{"tests/test_cart.py", "cart = [1, 2]", "cart = [2, 1]"},
    Row{"tests/test_cart.py", "        cart = [1, 2]\n", "        # Two articles.\n        cart = [1, 2]\n"},
    Row{"tests/test_cart.py", "    def test_total(self):\n", "    def test_total(self):\n        \"\"\"Don't skip: if it's wrong, return to sender.\"\"\"\n"},
    Row{"tests/test_cart.py", "import unittest\n", "import os\nimport unittest\n"},
    Row{"tests/test_cart.py", "", "\n\ndef helper(value):\n    if not value:\n        return None\n    return value\n"},
    Row{"tests/test_cart.py", "class CartTest", "class Price:\n    value = 3\n\n\nclass CartTest"},
    Row{"tests/test_cart.py", "    def test_total", "    def setUp(self):\n        self.cart = []\n\n    def test_total"},
    Row{"tests/test_cart.py", "", "\n    def test_raises(self):\n        with self.assertRaises(ValueError):\n            total('x')\n"},
    Row{"tests/test_cart.py", "EPSILON = 0.001", "EPSILON = 0.001\nSKIPPED = 'a name only'"},
    Row{"tests/test_more.py", "    ([], 0),\n", "    ([], 0),\n    ([5], 5),\n"},
    Row{"tests/test_more.py", "", "\n\ndef test_negative():\n    assert total([-1]) == -1\n"},
    Row{"tests/test_more.py", "class TestCart:\n", "class TestCart:\n    prices = [1]\n\n"},
    Row{"tests/test_new.py", "", "import unittest\n\n\nclass T(unittest.TestCase):\n    def test_x(self):\n        self.assertEqual(1, int('1'))\n"},
    Row{"tests/test_new.py", "", "import pytest\n\n\n@pytest.mark.skipif(True, reason='new, for another system')\ndef test_x():\n    assert 1\n"},
    Row{"tests/test_new.py", "", "from unittest import mock\n\n\ndef test_x():\n    with mock.patch('shop.cart.total') as total:\n        total.return_value = 3\n        assert total() == 3\n"},
    Row{"web/cart.test.js", "  it('rounds'", "  it('is new', () => {\n    expect(total([7])).toBe(7);\n  });\n\n  it('rounds'"},
    Row{"web/cart.test.js", "toBe(3);", "toBe(3); // of two"},
    Row{"tests/test_cart.py", "", "\n\ndef rows(model):\n    model.fit([1])\n    return model.objects.only('a').skip(3)\n"},
    Row{"tests/test_cart.py", "", "\n    def test_exit(self):\n        with mock.patch('sys.exit') as leave, mock.patch('builtins.open'):\n            leave.assert_not_called()\n"},
    Row{"src/cart.rs", "    #[test]\n", "    #[test]\n    #[should_panic]\n    fn panics() {\n        assert_eq!(total(&[]), 1);\n    }\n\n    #[test]\n"},
    Row{"web/cart.test.js", "    expect(total([1, 2])).toBe(3);\n", "    const prices = [1, 2];\n    expect(total([1, 2])).toBe(3);\n    expect(prices.length).toBe(2);\n"},
    Row{"web/cart.test.js", "describe('cart'", "const only = [1];\n\ndescribe('cart'"},
    Row{"web/cart.test.js", "", "\ndescribe('shop', () => {\n  it('adds up', () => {\n    expect(total([])).toBe(0);\n  });\n});\n"},
    Row{"shop/cart_test.go", "\t\t{nil, 0},\n", "\t\t{nil, 0},\n\t\t{[]int{7}, 7},\n"},
    Row{"shop/cart_test.go", "", "\nfunc TestEmpty(t *testing.T) {\n\tif Total(nil) != 0 {\n\t\tt.Fatal(\"not 0\")\n\t}\n}\n"},
    Row{"shop/cart_test.go", "\tcases := ", "\tt.Parallel()\n\tcases := "},
    Row{"src/cart.rs", "p.iter().sum()", "p.iter().copied().sum()"},
    Row{"src/cart.rs", "    #[test]\n", "    #[test]\n    fn empty() {\n        assert_eq!(total(&[]), 0);\n    }\n\n    #[test]\n"},
    Row{"src/CartTest.java", "    @Test\n", "    @Test\n    void empty() {\n        assertEquals(0, Cart.total());\n    }\n\n    @Test\n"},
    Row{"cpp/cart_test.cpp", "  EXPECT_NEAR", "  const double tenth = 0.1;\n  EXPECT_GT(tenth, 0);\n  EXPECT_NEAR"},
    Row{"cpp/cart_test.cpp", "", "TEST(Cart, Empty) {\n  EXPECT_EQ(total({}), 0);\n}\n"},
    Row{"spec/cart_spec.rb", "  it \"adds up\"", "  it \"is empty\" do\n    expect(Cart.total([])).to eq 0\n  end\n\n  it \"adds up\""},
    Row{"CMakeLists.txt", "", "add_test(NAME more COMMAND cart_test --more)\n"},
    Row{"pytest.ini", "", "log_level = INFO\n"},
    Row{"package.json", "\"jest\"", "\"jest --coverage\""},
    Row{"shop/cart.py", "return sum(prices)", "if not prices:\n        return 0\n    return sum(prices)"},
    Row{"shop/cart.py", "return sum(prices)", "try:\n        return sum(prices)\n    except TypeError:\n        raise ValueError('prices') from None"},
    Row{"shop/cart.py", "def total", "import sys\n\n\ndef main():\n    sys.exit(2)\n\n\ndef total"},
    Row{"shop/cart.js", "exports.total", "// the test suite needs this\nexports.total"},
    Row{"shop/cart.js", "exports", "const strict = process.env.NODE_ENV === 'production';\nexports"},
    Row{"tests/test_more.py", "import pytest\n", "import pytest\n\npytestmark = pytest.mark.slow\n"},
    Row{"tests/test_cart.py", "", "\n    def tearDown(self):\n        with contextlib.suppress(FileNotFoundError):\n            os.unlink('x')\n"},
    Row{"docs/testing.md", "", "Run `pytest --ignore=slow`; skip it with @unittest.skip.\n"},
    Row{"shop/skip.py", "", "def skip(rows):\n    return rows[1:]\n"},
};

TEST_SUITE("verify test weakening") {
  TEST_CASE("every way to weaken a test is found, by its reason") {
    static_assert(kWeakened.size() >= 40);
    for (const Row& row : kWeakened) {
      const std::string all = found(row);
      INFO(row.path, ": ", row.from, " -> ", row.to, "\nfound: ", all);
      CHECK(all.find(row.finding) != std::string::npos);
      CHECK_FALSE(all.empty());
    }
  }

  TEST_CASE("honest changes of tests and code are spared") {
    static_assert(kInnocent.size() >= 40);
    for (const Row& row : kInnocent) {
      INFO(row.path, ": ", row.from, " -> ", row.to);
      CHECK(found(row) == "");
    }
  }

  TEST_CASE("a test that looks at the patched file instead of running it shows nothing") {
    struct Doubt {
      const char* body;
      bool doubted;
    };
    static constexpr std::array<Doubt, 9> kRows{{
        {"assert 'AT' in open('shop/cart.py').read()", true},
        {"assert 'AT' in Path('shop', 'cart.py').read_text()", true},
        {"assert os.path.getsize('shop/cart.py') > 100", true},
        {"assert 'AT' in inspect.getsource(cart.vat)", true},
        {"assert 'AT' in cart.vat.__code__.co_consts", true},
        {"assert 'AT' in open(cart.__file__).read()", true},
        {"assert cart.vat('AT') == 20", false},
        {"assert cart.load(open('tests/data/rates.json')) == 20", false},
        {"assert subprocess.run(['python3', 'shop/cart.py'], stdout=open('out')).returncode == 0", false},
    }};
    for (const Doubt& row : kRows) {
      const FileChange test{"tests/test_new.py", "def test_x():\n    " + std::string(row.body) + "\n", false};
      const auto doubt = doubt_about_tests(base_tree(), {test}, {test, {"shop/cart.py", "x\n", false}});
      REQUIRE(doubt.ok());
      INFO(row.body, ": ", *doubt);
      CHECK(doubt->empty() == !row.doubted);
    }
  }

  TEST_CASE("a failure that the test raises itself is told from one of the code") {
    const FileChange test{"tests/test_new.py",
                          "def test_x():\n    raise KeyError('AT')\n    vat('AT')\n    raise AssertionError('no')\n", false};
    const auto log = [](const std::string& frames) {
      return "Traceback (most recent call last):\n" + frames + "KeyError: 'AT'\n";
    };
    const auto frame = [](int line, const std::string& file = "tests/test_new.py") {
      return "  File \"/w/" + file + "\", line " + std::to_string(line) + ", in test_x\n    x\n";
    };
    CHECK(raised_by_test(log(frame(2)), "", {test}) == "tests/test_new.py:2");
    CHECK(raised_by_test(log(frame(3) + frame(6, "shop/cart.py")), "", {test}) == "");
    CHECK(raised_by_test(log(frame(3)), "", {test}) == "");
    CHECK(raised_by_test(log(frame(4)), "", {test}) == "");
    CHECK(raised_by_test(log(frame(2)), "", {}) == "");
  }

  TEST_CASE("tests that check nothing are told") {
    const auto says = [](const char* code) { return assert_nothing({{"tests/test_new.py", code, false}}); };
    CHECK(says("def test_x():\n    vat('AT')\n"));
    CHECK(says("def test_x():\n    vat('AT')\n    assert True\n"));
    CHECK_FALSE(says("def test_x():\n    assert vat('AT') == 20\n"));
    CHECK_FALSE(says("x = 1\n"));
  }

  TEST_CASE("hostile files are read in no time and in full") {
    std::string deep;
    for (int i = 0; i < 3000; ++i) deep += std::string(static_cast<size_t>(i % 300), ' ') + "def test_x():\n";
    for (const std::string& text : {deep, std::string(200'000, '"'), std::string(200'000, '('),
                                    std::string("\"\"\"") + std::string(100'000, '\n'), std::string("def test_\xff\xfe(")})
      CHECK(weakened_tests(base_tree(), {{"tests/test_cart.py", text, false}}).ok());
  }
}

}  // namespace
}  // namespace triage::verify
