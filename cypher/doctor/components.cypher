// What the server consists of.
//
// @returns name, versions, edition
CALL dbms.components() YIELD name, versions, edition
RETURN name, versions, edition
