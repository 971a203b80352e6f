(class_declaration name: (name) @name) @class
(interface_declaration name: (name) @name) @interface
(trait_declaration name: (name) @name) @class
(enum_declaration name: (name) @name) @enum
(function_definition name: (name) @name) @function
(method_declaration name: (name) @name) @method
(const_declaration (const_element (name) @name)) @variable
(property_declaration (property_element (variable_name (name) @name))) @variable

(function_call_expression function: (name) @call)
(member_call_expression name: (name) @call)
(scoped_call_expression name: (name) @call)
(object_creation_expression (name) @call)
(base_clause (name) @reference)
(class_interface_clause (name) @reference)
(named_type (name) @reference)
(namespace_use_clause (qualified_name) @import)
(namespace_use_clause (qualified_name) @import alias: (name) @alias)
(require_once_expression (_) @import)
(include_expression (_) @import)
