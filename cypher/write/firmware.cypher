// Firmwares, by name; what got one are the SERVICED edges that name it.
//
// @param rows firmware
UNWIND $rows AS row
MERGE (n:Firmware {firmware: row.firmware})
