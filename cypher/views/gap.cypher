// What could hide further units of the suspect, and who has the units that it happened to.
//
// @returns unit, machine, feeder, refdes, part, at, reason, top, customer
// @include gaps/hidden
WITH collect({unit: coalesce(unit.unit, goods), machine: machine, feeder: feeder, refdes: refdes, part: part, at: at,
              reason: reason, top: coalesce(unit.top, unit.unit, goods), customer: coalesce(buyer, unit.held_by)}) AS found
RETURN [row IN found | row.unit] AS unit, [row IN found | row.machine] AS machine,
       [row IN found | row.feeder] AS feeder, [row IN found | row.refdes] AS refdes,
       [row IN found | row.part] AS part,
       [row IN found | row.at.epochSeconds * 1000000 + row.at.microsecond] AS at,
       [row IN found | row.reason] AS reason, [row IN found | row.top] AS top,
       [row IN found | row.customer] AS customer
