(class_declaration name: (_) @name) @class
(method_definition name: (_) @name) @method
(function_declaration name: (_) @name) @function
(generator_function_declaration name: (_) @name) @function
(variable_declarator name: (identifier) @name
  value: [(arrow_function) (function_expression) (generator_function) (class)]) @function
(assignment_expression
  left: [(identifier) (member_expression)] @name
  right: [(arrow_function) (function_expression) (generator_function)]) @function
(pair key: (property_identifier) @name
  value: [(arrow_function) (function_expression)]) @method
