// Every exposed unit and lot with its class and where it is, as `state` and `class` select.
//
// @param state in_stock, shipped, returned or scrapped: only units in this state
// @param class certain, possible or past: only units of this class
// @returns node, class, since, until, lots, refdes, unit, product, kind, top, container, shipment, holder, state
CALL () {
  // @include $reach
  // @include exposure/units
  // @include exposure/place
  RETURN node, class, since, until, lots, refdes, unit, product, kind, top, container, shipment, holder, state
UNION ALL
  // @include exposure/goods
  RETURN node, class, since, until, lots, refdes, unit, product, kind, top, container, shipment, holder, state
}
WITH * WHERE ($state IS NULL OR state = $state) AND ($class IS NULL OR class = $class)
