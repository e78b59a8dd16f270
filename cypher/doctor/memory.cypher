// Memory of the server in bytes: what its heap may grow to, and what its machine or container has.
//
// @returns heap, machine
CALL dbms.queryJmx('java.lang:type=Memory') YIELD attributes AS java
CALL dbms.queryJmx('java.lang:type=OperatingSystem') YIELD attributes AS system
RETURN java.HeapMemoryUsage.value.properties.max AS heap, system.TotalMemorySize.value AS machine
