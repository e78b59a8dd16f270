// What the exposed units add up to, where no row is of one.
//
// @returns summary
// @include exposure/exposed
WITH collect({unit: unit, kind: kind, class: class, top: top, shipment: shipment, customer: customer,
              state: state}) AS exposed
// @include exposure/summary
RETURN summary
