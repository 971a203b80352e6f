(function_declaration name: (_) @name) @function
(assignment_statement
  (variable_list name: (_) @name)
  (expression_list value: (function_definition))) @function
(variable_declaration (assignment_statement
  (variable_list name: (_) @name)
  (expression_list value: (table_constructor)))) @variable
(field name: (identifier) @name value: (function_definition)) @function

(function_call name: (identifier) @call)
(function_call name: (dot_index_expression field: (identifier) @call))
(function_call name: (method_index_expression method: (identifier) @call))
(variable_declaration (assignment_statement
  (variable_list name: (identifier) @alias)
  (expression_list value: (function_call
    name: (identifier) @imports arguments: (arguments (string) @import)))))
