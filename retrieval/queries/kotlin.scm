(class_declaration (type_identifier) @name) @class
(object_declaration (type_identifier) @name) @class
(companion_object (type_identifier) @name) @class
(function_declaration (simple_identifier) @name) @function
(property_declaration (variable_declaration (simple_identifier) @name)) @variable
(type_alias (type_identifier) @name) @type

(call_expression (simple_identifier) @call)
(call_expression (navigation_expression (navigation_suffix (simple_identifier) @call)))
(user_type (type_identifier) @reference)
(import_header (identifier) @import)
(import_header (identifier) @import (import_alias (type_identifier) @alias))
