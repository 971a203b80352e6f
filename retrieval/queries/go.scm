(function_declaration name: (identifier) @name) @function
(method_declaration
  receiver: (parameter_list (parameter_declaration type: [
    (type_identifier) @scope
    (pointer_type (type_identifier) @scope)
    (generic_type type: (type_identifier) @scope)
    (pointer_type (generic_type type: (type_identifier) @scope))]))
  name: (field_identifier) @name) @method
(type_declaration (type_spec name: (type_identifier) @name type: (struct_type))) @struct
(type_declaration (type_spec name: (type_identifier) @name type: (interface_type))) @interface
(type_declaration (type_spec name: (type_identifier) @name
  type: [(function_type) (map_type) (slice_type) (type_identifier) (qualified_type)])) @type
(interface_type (method_elem name: (field_identifier) @name) @method)
(var_declaration (var_spec name: (identifier) @name)) @variable
(const_declaration . (const_spec name: (identifier) @name)) @variable

(call_expression function: (identifier) @call)
(call_expression function: (selector_expression field: (field_identifier) @call))
(type_identifier) @reference
(import_spec path: (_) @import)
(import_spec name: (package_identifier) @alias path: (_) @import)
