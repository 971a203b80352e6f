(function_definition name: (word) @name) @function
(program (declaration_command (variable_assignment name: (variable_name) @name)) @variable)
(program (variable_assignment name: (variable_name) @name value: (array)) @variable)

(command name: (command_name (word) @call))
(command name: (command_name (word) @imports) argument: (word) @import)
