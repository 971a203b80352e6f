(class_declaration name: (_) @name) @class
(protocol_declaration name: (_) @name) @interface
(function_declaration name: (_) @name) @function
(protocol_function_declaration name: (_) @name) @method
(init_declaration name: (_) @name) @method
(typealias_declaration name: (_) @name) @type
(property_declaration name: (pattern (simple_identifier) @name)) @variable

(call_expression (simple_identifier) @call)
(call_expression (navigation_expression (navigation_suffix (simple_identifier) @call)))
(user_type (type_identifier) @reference)
(import_declaration (identifier) @import)
