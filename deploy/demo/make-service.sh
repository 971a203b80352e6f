#!/usr/bin/env bash
# Makes the repository of a small but believable web shop, with history, tests and two real bugs.
# usage: make-service.sh DIR        DIR becomes a bare repository; the same input gives the same commits.
set -euo pipefail
target=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export GIT_CONFIG_NOSYSTEM=1 GIT_CONFIG_GLOBAL=/dev/null
git init -q -b main "$work/shop"
cd "$work/shop"

# commit DATE "NAME" SUBJECT: everything there is, by that author at that time.
commit() {
  export GIT_AUTHOR_DATE="$1" GIT_COMMITTER_DATE="$1" GIT_AUTHOR_NAME="$2" GIT_COMMITTER_NAME="$2"
  export GIT_AUTHOR_EMAIL="${2,,}@shop.example" GIT_COMMITTER_EMAIL="${2,,}@shop.example"
  git add -A
  git commit -q -m "$3"
}

mkdir -p shop tests docs
cat > README.md <<'E'
# shop
The checkout service of the tea shop: catalogue, carts, discounts, shipping, orders.
Run the tests with `python3 -m unittest discover -s tests -t .`
E
cat > shop/__init__.py <<'E'
"""Checkout service of the tea shop."""
E
cat > shop/money.py <<'E'
"""Amounts of money are Decimals in euros; only these functions round them."""
from decimal import Decimal, ROUND_HALF_UP

CENT = Decimal("0.01")


def round_cents(amount):
    """The amount rounded to whole cents, halves away from zero."""
    return Decimal(amount).quantize(CENT, rounding=ROUND_HALF_UP)


def format_euros(amount):
    return f"{round_cents(amount)} EUR"
E
cat > shop/catalog.py <<'E'
"""The products and what they weigh."""
from decimal import Decimal

PRODUCTS = {
    "sencha-sample": {"name": "Sencha, sample", "price": Decimal("1.99"), "grams": 10},
    "sencha": {"name": "Sencha, 100 g", "price": Decimal("12.50"), "grams": 110},
    "assam": {"name": "Assam, 250 g", "price": Decimal("19.99"), "grams": 265},
    "pot": {"name": "Cast-iron pot", "price": Decimal("64.00"), "grams": 1800},
}


class UnknownProduct(Exception):
    pass


def product(sku):
    """The product of that number. Raises UnknownProduct."""
    try:
        return PRODUCTS[sku]
    except KeyError:
        raise UnknownProduct(f"no product {sku!r}") from None
E
cat > shop/cart.py <<'E'
"""A customer's cart: how many of what."""
from shop.catalog import product


class Cart:
    def __init__(self):
        self.lines = {}

    def add(self, sku, quantity=1):
        if quantity < 1:
            raise ValueError("quantity must be at least 1")
        product(sku)
        self.lines[sku] = self.lines.get(sku, 0) + quantity

    def weight(self):
        """Grams of everything in the cart."""
        return sum(product(sku)["grams"] * n for sku, n in self.lines.items())
E
cat > tests/__init__.py <<'E'
E
cat > tests/test_cart.py <<'E'
import unittest

from shop.cart import Cart
from shop.catalog import UnknownProduct


class CartTest(unittest.TestCase):
    def test_adds_up_quantities(self):
        cart = Cart()
        cart.add("assam")
        cart.add("assam", 2)
        self.assertEqual(cart.lines, {"assam": 3})

    def test_weighs_everything(self):
        cart = Cart()
        cart.add("assam", 2)
        cart.add("pot")
        self.assertEqual(cart.weight(), 2330)

    def test_refuses_unknown_products(self):
        with self.assertRaises(UnknownProduct):
            Cart().add("coffee")

    def test_refuses_empty_quantities(self):
        with self.assertRaises(ValueError):
            Cart().add("assam", 0)
E
commit "2026-09-01T09:12:00Z" "Mira" "catalogue and cart"

cat > shop/pricing.py <<'E'
"""What a cart costs, with discount codes."""
from decimal import Decimal

from shop.catalog import product
from shop.money import round_cents

DISCOUNTS = {
    "SAVE10": Decimal("0.10"),
    "TEATIME": Decimal("0.15"),
}


class InvalidCode(Exception):
    pass


def discount_rate(code):
    """The share taken off by a discount code; 0 without one. Raises InvalidCode."""
    if not code:
        return Decimal(0)
    rate = DISCOUNTS.get(code.strip().upper())
    if rate is None:
        raise InvalidCode(f"discount code {code!r} is not valid")
    return rate


def apply_discount(price, quantity, rate):
    """The total of one line after discount."""
    return price * quantity * (1 - rate)


def cart_total(cart, code=None):
    """The total of the cart in euros, rounded to cents."""
    rate = discount_rate(code)
    total = Decimal(0)
    for sku, quantity in cart.lines.items():
        total += apply_discount(product(sku)["price"], quantity, rate)
    return round_cents(total)
E
cat > tests/test_pricing.py <<'E'
import unittest
from decimal import Decimal

from shop.cart import Cart
from shop.pricing import InvalidCode, cart_total, discount_rate


class PricingTest(unittest.TestCase):
    def setUp(self):
        self.cart = Cart()

    def test_total_without_discount(self):
        self.cart.add("assam", 3)
        self.assertEqual(cart_total(self.cart), Decimal("59.97"))

    def test_total_with_discount(self):
        self.cart.add("sencha", 2)
        self.assertEqual(cart_total(self.cart, "SAVE10"), Decimal("22.50"))

    def test_codes_ignore_case_and_blanks(self):
        self.assertEqual(discount_rate(" teatime "), Decimal("0.15"))

    def test_unknown_codes_are_refused(self):
        with self.assertRaises(InvalidCode):
            discount_rate("FREE")

    def test_empty_cart_costs_nothing(self):
        self.assertEqual(cart_total(self.cart), Decimal("0.00"))
E
commit "2026-09-08T14:30:00Z" "Jonas" "pricing: discount codes"

cat > shop/shipping.py <<'E'
"""What sending a parcel costs."""
from decimal import Decimal


class NoDelivery(Exception):
    """We do not send parcels to that country."""


def shipping_cost(grams, country):
    """Euros for a parcel of that weight. Raises NoDelivery."""
    country = country.upper()
    if country == "DE":
        base = Decimal("4.90")
    elif country == "AT":
        base = Decimal("6.90")
    elif country == "SE":
        base = Decimal("9.90")
    else:
        raise NoDelivery(f"no delivery to {country}")
    if grams > 2000:
        base += Decimal("3.00")
    return base
E
cat > tests/test_shipping.py <<'E'
import unittest
from decimal import Decimal

from shop.shipping import NoDelivery, shipping_cost


class ShippingTest(unittest.TestCase):
    def test_home_country(self):
        self.assertEqual(shipping_cost(500, "DE"), Decimal("4.90"))

    def test_heavy_parcels_cost_more(self):
        self.assertEqual(shipping_cost(2500, "AT"), Decimal("9.90"))

    def test_elsewhere_is_refused(self):
        with self.assertRaises(NoDelivery):
            shipping_cost(500, "XX")
E
commit "2026-09-15T08:05:00Z" "Mira" "shipping: first three countries"

cat > shop/orders.py <<'E'
"""Placing orders."""
import itertools

from shop.pricing import cart_total
from shop.shipping import shipping_cost

_numbers = itertools.count(1001)


class EmptyCart(Exception):
    pass


def place_order(cart, address, code=None):
    """Fixes the prices and gives the order its number. Raises EmptyCart, NoDelivery."""
    if not cart.lines:
        raise EmptyCart("the cart is empty")
    goods = cart_total(cart, code)
    shipping = shipping_cost(cart.weight(), address["country"])
    return {
        "number": next(_numbers),
        "lines": dict(cart.lines),
        "goods": goods,
        "shipping": shipping,
        "total": goods + shipping,
        "address": address,
    }
E
cat > shop/api.py <<'E'
"""The HTTP side: JSON in, JSON out."""
import json

from shop.cart import Cart
from shop.catalog import UnknownProduct
from shop.money import format_euros
from shop.orders import EmptyCart, place_order
from shop.pricing import InvalidCode
from shop.shipping import NoDelivery

EXPECTED = (EmptyCart, InvalidCode, NoDelivery, UnknownProduct)


def checkout(request):
    """Turns a checkout request into an order confirmation."""
    cart = Cart()
    for line in request["lines"]:
        cart.add(line["sku"], line["quantity"])
    order = place_order(cart, request["address"], request.get("code"))
    return {"number": order["number"], "total": format_euros(order["total"])}


def handle(body):
    """Status and body of the answer to POST /checkout."""
    try:
        return 200, json.dumps(checkout(json.loads(body)))
    except EXPECTED as error:
        return 422, json.dumps({"error": str(error)})
E
cat > tests/test_orders.py <<'E'
import json
import unittest

from shop.api import handle
from shop.cart import Cart
from shop.orders import EmptyCart, place_order


class OrdersTest(unittest.TestCase):
    def test_total_is_goods_and_shipping(self):
        cart = Cart()
        cart.add("pot")
        order = place_order(cart, {"country": "DE"})
        self.assertEqual(str(order["total"]), "68.90")

    def test_empty_carts_are_refused(self):
        with self.assertRaises(EmptyCart):
            place_order(Cart(), {"country": "DE"})

    def test_checkout_answers_with_number_and_total(self):
        status, body = handle(json.dumps({
            "lines": [{"sku": "sencha", "quantity": 1}], "address": {"country": "DE"}}))
        self.assertEqual(status, 200)
        self.assertEqual(json.loads(body)["total"], "17.40 EUR")

    def test_checkout_says_why_not(self):
        status, body = handle(json.dumps({
            "lines": [{"sku": "sencha", "quantity": 1}], "address": {"country": "XX"}}))
        self.assertEqual(status, 422)
        self.assertIn("no delivery", json.loads(body)["error"])
E
commit "2026-09-22T16:45:00Z" "Priya" "orders and the checkout endpoint"

cat > docs/settings.md <<'E'
# Settings
`SHOP_CURRENCY` is fixed to EUR. Discount codes live in `shop/pricing.py`, countries and rates in `shop/shipping.py`.
E
commit "2026-10-02T10:00:00Z" "Priya" "docs: where discounts and rates live"

cat > shop/pricing.py <<'E'
"""What a cart costs, with discount codes."""
from decimal import Decimal

from shop.catalog import product
from shop.money import round_cents

DISCOUNTS = {
    "SAVE10": Decimal("0.10"),
    "TEATIME": Decimal("0.15"),
}


class InvalidCode(Exception):
    pass


def discount_rate(code):
    """The share taken off by a discount code; 0 without one. Raises InvalidCode."""
    if not code:
        return Decimal(0)
    rate = DISCOUNTS.get(code.strip().upper())
    if rate is None:
        raise InvalidCode(f"discount code {code!r} is not valid")
    return rate


def apply_discount(price, quantity, rate):
    """The total of one line after discount, so that invoice lines show whole cents."""
    unit_price = round_cents(price * (1 - rate))
    return unit_price * quantity


def cart_total(cart, code=None):
    """The total of the cart in euros, rounded to cents."""
    rate = discount_rate(code)
    total = Decimal(0)
    for sku, quantity in cart.lines.items():
        total += apply_discount(product(sku)["price"], quantity, rate)
    return round_cents(total)
E
commit "2026-11-10T15:20:00Z" "Jonas" "pricing: round unit prices so that invoice lines show whole cents"

cat > shop/shipping.py <<'E'
"""What sending a parcel costs."""
from decimal import Decimal

RATES = {
    "AT": Decimal("6.90"),
    "DE": Decimal("4.90"),
    "FR": Decimal("8.90"),
    "SE": Decimal("9.90"),
}
HEAVY_GRAMS = 2000
HEAVY_SURCHARGE = Decimal("3.00")


class NoDelivery(Exception):
    """We do not send parcels to that country."""


def rate_for(country):
    """The base rate of a country. Raises NoDelivery."""
    if country.upper() not in RATES:
        raise NoDelivery(f"no delivery to {country}")
    return RATES[country]


def shipping_cost(grams, country):
    """Euros for a parcel of that weight. Raises NoDelivery."""
    cost = rate_for(country)
    if grams > HEAVY_GRAMS:
        cost += HEAVY_SURCHARGE
    return cost
E
commit "2026-11-17T11:03:00Z" "Mira" "shipping: one table of rates, France added"

rm -rf "$target"
git clone -q --bare "$work/shop" "$target"
git -C "$target" config --unset-all remote.origin.url || true
