// Bytes of the heap that were in use after the last collection of each of its parts: what is really needed.
//
// @returns used
CALL dbms.queryJmx('java.lang:type=MemoryPool,*') YIELD attributes
WITH attributes WHERE attributes.Type.value = 'HEAP'
RETURN sum(attributes.CollectionUsage.value.properties.used) AS used
