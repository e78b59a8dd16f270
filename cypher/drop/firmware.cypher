// A Firmware that nothing speaks of any more.
//
// @param rows firmware
UNWIND $rows AS row
MATCH (n:Firmware {firmware: row.firmware})
DETACH DELETE n
