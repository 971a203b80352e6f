(class_declaration name: (_) @name) @class
(method_definition name: (_) @name) @method
(function_declaration name: (_) @name) @function
(generator_function_declaration name: (_) @name) @function
(variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function)]) @function
(variable_declarator name: (identifier) @name value: (class)) @class
(assignment_expression
  left: [(identifier) (member_expression)] @name
  right: [(arrow_function) (function_expression) (generator_function)]) @function
(pair key: [(property_identifier) (string)] @name
  value: [(arrow_function) (function_expression)]) @method
(field_definition property: (_) @name value: (arrow_function)) @method
(program (lexical_declaration (variable_declarator name: (identifier) @name
  value: [(object) (array) (call_expression) (new_expression)])) @variable)
(program (variable_declaration (variable_declarator name: (identifier) @name
  value: [(object) (array) (call_expression) (new_expression)])) @variable)
(export_statement (lexical_declaration (variable_declarator name: (identifier) @name
  value: [(object) (array) (call_expression) (new_expression)]))) @variable

(call_expression function: (identifier) @call)
(call_expression function: (member_expression property: (property_identifier) @call))
(new_expression constructor: (identifier) @call)
(class_heritage (identifier) @reference)
(jsx_opening_element name: (identifier) @call)
(jsx_self_closing_element name: (identifier) @call)
(import_statement source: (string) @import)
(import_statement (import_clause (identifier) @alias) source: (string) @import)
(import_statement (import_clause (named_imports (import_specifier name: (identifier) @imported)))
  source: (string) @import)
(import_statement (import_clause (namespace_import (identifier) @alias)) source: (string) @import)
(export_statement source: (string) @import)
(variable_declarator name: (identifier) @alias
  value: (call_expression function: (identifier) @imports arguments: (arguments . (string) @import)))
