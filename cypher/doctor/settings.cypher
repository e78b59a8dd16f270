// What the server is told by its configuration; a value is null where it decides by itself.
//
// @param names of the settings
// @returns name, value
SHOW SETTINGS $names YIELD name, value
RETURN name, value
