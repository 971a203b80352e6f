(class_definition name: (_) @name) @class
(object_definition name: (_) @name) @class
(trait_definition name: (_) @name) @interface
(enum_definition name: (_) @name) @enum
(function_definition name: (_) @name) @function
(function_declaration name: (_) @name) @function
(given_definition name: (_) @name) @function
(type_definition name: (_) @name) @type
(val_definition pattern: (identifier) @name) @variable

(call_expression function: (identifier) @call)
(call_expression function: (field_expression field: (identifier) @call))
(type_identifier) @reference
(import_declaration) @import
